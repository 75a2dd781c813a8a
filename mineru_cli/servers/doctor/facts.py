"""Input and output of all checks: facts, gathered first, so that every check is a pure function; findings."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Literal

from mineru_cli.errors import EngineUnavailable, MinerUBatchError
from mineru_cli.inference.probe import ServerCard, probe
from mineru_cli.isolation.sandbox import landlock_version
from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.container import Container, find_container
from mineru_cli.servers.docker.machine import Machine, has_image, look, port_taken
from mineru_cli.servers.docker.stack import ComposeService, service_wanted
from mineru_cli.settings import Settings


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """Outcome of probing a server that was given: a card, or the error."""

    url: str
    card: ServerCard | None
    error: MinerUBatchError | None = None


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """``service`` is None if compose failed, ``service_error`` says why."""

    machine: Machine
    service: ComposeService | None
    service_error: MinerUBatchError | None
    container: Container | None
    image_here: bool
    port_taken: bool
    python: tuple[int, int, int] = (3, 10, 0)
    loops: bool = False
    listings: bool = False
    embedded_missing: tuple[str, ...] | None = None
    answers: tuple[ServerAnswer, ...] = ()
    launching: bool = False
    landlock: int | None = None
    """Landlock ABI version of the kernel, 0 without Landlock; None if not checked."""

    @property
    def wanted(self) -> bool:
        """Whether a server is meant to run here: it is being launched, or an NVIDIA driver is installed."""
        return self.launching or self.machine.driver.found

    @property
    def serving(self) -> bool:
        """Whether our container runs now: then its port and memory are in use by itself."""
        return self.container is not None and self.container.running


async def gather(config: DockerConfig) -> MachineFacts:
    """Gather what a launch depends on. Never raises."""
    machine = await look()
    service: ComposeService | None = None
    error: MinerUBatchError | None = None
    container: Container | None = None
    if machine.compose:
        try:
            service = await service_wanted(config)
        except MinerUBatchError as refused:
            error = refused
    if machine.engine:
        with suppress(EngineUnavailable):  # it exited meanwhile
            container = await find_container(config)
    return MachineFacts(
        machine,
        service,
        error,
        container,
        image_here=bool(machine.engine and service and await has_image(service.image)),
        port_taken=bool(service and await port_taken(service.host, service.port)),
    )


async def gather_all(config: DockerConfig, settings: Settings) -> MachineFacts:
    """``gather``, plus what only the doctor checks: Python, compiled loops, embedded engine, servers."""
    from mineru_cli.embedded.process import missing_packages
    from mineru_cli.pages.pixels.native import built

    answers = [await _ask(url, config, settings) for url in settings.server_url]
    return replace(
        await gather(config),
        python=sys.version_info[:3],
        loops=built(),
        listings=find_spec("magika") is not None,
        embedded_missing=missing_packages(),
        answers=tuple(answers),
        landlock=landlock_version(),
    )


async def _ask(url: str, config: DockerConfig, settings: Settings) -> ServerAnswer:
    headers = settings.headers_for(url)
    try:
        card = await probe(
            url,
            model=settings.model,
            api_key=config.api_key,
            headers=headers,
            tls_verify=settings.tls_verify,
            within=5.0,
        )
    except MinerUBatchError as error:
        return ServerAnswer(url, None, error)
    return ServerAnswer(url, card)


Status = Literal["ok", "problem", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``detail`` is what was found, ``fix`` what to do about a problem."""

    check: str
    status: Status
    detail: str
    fix: str = ""


Check = Callable[[MachineFacts], Finding]
"""A pure function of the facts."""


def ok(check: str, detail: str) -> Finding:
    """The check passed."""
    return Finding(check, "ok", detail)


def problem(check: str, detail: str, fix: str) -> Finding:
    """The check failed."""
    return Finding(check, "problem", detail, fix)


def skipped(check: str, why: str) -> Finding:
    """The check was not made: not relevant here, or not possible."""
    return Finding(check, "skipped", why)
