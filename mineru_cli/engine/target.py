"""The servers of a run: those given, or one that is started; available before any work begins."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import anyio
import anyio.to_thread

from mineru_cli.domain.events import Event, Notice, ServerAwaited
from mineru_cli.domain.exposure import on_this_machine
from mineru_cli.errors import (
    EngineUnavailable,
    ServerGivenUp,
    ServerRefused,
    ServerUnreachable,
    SettingsError,
)
from mineru_cli.inference.probe import ServerCard, probe, probing
from mineru_cli.recipes.profiles.catalogue import server_args
from mineru_cli.servers.readiness import require_same_model
from mineru_cli.settings import Settings
from mineru_cli.telemetry.gpu import watch_gpus

RETRY_EVERY = 1.0
FIRST_WAIT = 60.0
"""Seconds to wait for servers that never answered, without --server-wait: a wrong address is more likely than
a slow start."""
ANNOUNCE_EVERY = 10.0
NO_SERVER = (
    "no server given: embedded CPU engine; for speed and quality point --server-url at a vLLM server "
    "(it reads no formulas: those are kept as pictures and marked)"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A run's servers. Those that answered (``cards``) serve the same model, in this ``version``.

    ``prompts`` are the only ones that they understand; empty where they are not limited to some.
    """

    urls: tuple[str, ...]
    model: str
    embedded: bool
    cards: tuple[ServerCard, ...]
    version: str = ""
    prompts: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The repository or path of the weights, as the first server reports it; empty where none does."""
        return self.cards[0].root if self.cards else ""


@asynccontextmanager
async def find_target(
    settings: Settings, announce: Callable[[Event], None], clock: Callable[[], float]
) -> AsyncIterator[Target]:
    """The run's servers for as long as the context lasts.

    Of several servers one must answer; the others may come up later. Raises ``ServerRefused`` for a server
    that can never work as configured, ``SettingsError`` for what is not an address, ``ServerGivenUp`` when
    none came up within ``first_wait``, ``EngineUnavailable``.
    """
    if settings.server_url:
        cards = await _first_up(settings, settings.server_url, announce, clock)
        model = require_same_model(cards)
        async with probing(cards[0].url, **access(settings, cards[0].url)) as server:
            await server.require_vision(model)
        yield _target(settings.server_url, cards, model)
        return
    if settings.server == "docker":
        async with _container(settings, announce) as url:
            cards = await _first_up(settings, (url,), announce, clock)
            yield _target((url,), cards, cards[0].model)
        return
    from mineru_cli.embedded.config import EmbeddedConfig
    from mineru_cli.embedded.process import embedded_server

    announce(Notice("info", NO_SERVER))
    async with embedded_server(EmbeddedConfig(sandbox=settings.sandbox)) as server:
        cards = await _first_up(settings, (server.url,), lambda event: None, clock)
        yield _target((server.url,), cards, cards[0].model, embedded=True)


def _target(urls: tuple[str, ...], cards: Sequence[ServerCard], model: str, embedded: bool = False) -> Target:
    return Target(urls, model, embedded, tuple(cards), cards[0].version, cards[0].prompts)


@asynccontextmanager
async def _container(settings: Settings, announce: Callable[[Event], None]) -> AsyncIterator[str]:
    """A vLLM container: one found running is left alone, one started here is removed unless ``keep``."""
    from mineru_cli.servers.docker.config import DockerConfig
    from mineru_cli.servers.docker.launch import STOP, docker_server
    from mineru_cli.servers.docker.progress import Progress, milestone

    def report(progress: Progress) -> None:
        if text := milestone(progress):
            announce(Notice("info", text))

    def unstopped(error: EngineUnavailable) -> None:  # what the run did counts all the same
        announce(Notice("warning", f"the server may run on: {STOP} ends it ({error.message})"))

    key = settings.api_key.get_secret_value() if settings.api_key else None
    args = await anyio.to_thread.run_sync(server_args, settings.model) if settings.model else None
    config = DockerConfig(model=settings.model, model_args=args, api_key=key)
    async with docker_server(config, report, keep=settings.keep, unstopped=unstopped) as ready:
        if not (ready.found or settings.keep):
            announce(Notice("info", "the server is stopped when the run ends (--keep leaves it running)"))
        yield ready.url


async def _first_up(
    settings: Settings, urls: Sequence[str], announce: Callable[[Event], None], clock: Callable[[], float]
) -> list[ServerCard]:
    """Cards of the servers that are up, once one is. Raises what ``find_target`` raises."""
    began, limit = clock(), first_wait(settings)
    announced: set[str] = set()
    next_report = 0.0
    while True:
        answers = await _probe_all(settings, urls)
        patience = "" if answers.cards else f"; trying for {_in_words(limit)} (--server-wait)"
        for absent in answers.absent:
            if absent.message not in announced:
                announced.add(absent.message)
                announce(Notice("warning", f"not there yet: {absent.message}{patience}"))
        if answers.cards:
            return answers.cards
        waited, why = clock() - began, "; ".join(error.message for error in answers.absent)
        if waited >= limit:
            raise ServerGivenUp(
                f"no server came up within {limit:.0f} s (--server-wait): {why}",
                hint=answers.absent[0].hint,
            )
        if waited >= next_report:
            announce(ServerAwaited(tuple(urls), why, waited, limit))
            next_report = waited - waited % ANNOUNCE_EVERY + ANNOUNCE_EVERY
        await anyio.sleep(RETRY_EVERY)


def first_wait(settings: Settings) -> float:
    """Seconds to wait for a server that has not answered in this run: ``server_wait`` if given."""
    explicit = "server_wait" in settings.model_fields_set
    return settings.server_wait if explicit else min(settings.server_wait, FIRST_WAIT)


def _in_words(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 120 and seconds % 60 == 0 else f"{seconds:g} s"


@dataclass(slots=True)
class _Answers:
    cards: list[ServerCard] = field(default_factory=list)
    absent: list[ServerUnreachable] = field(default_factory=list)
    refused: list[ServerRefused | SettingsError] = field(default_factory=list)


class Access(TypedDict):
    """What requests to a server of the run carry."""

    api_key: str | None
    headers: Mapping[str, str]
    tls_verify: bool | Path


def access(settings: Settings, url: str) -> Access:
    """The key, headers and certificates for one of the run's servers."""
    return {
        "api_key": settings.api_key.get_secret_value() if settings.api_key else None,
        "headers": settings.headers_for(url),
        "tls_verify": settings.tls_verify,
    }


async def _probe_all(settings: Settings, urls: Sequence[str]) -> _Answers:
    answers = _Answers()

    async def ask(url: str) -> None:
        try:
            answers.cards.append(await probe(url, model=settings.model, **access(settings, url)))
        except ServerUnreachable as error:
            answers.absent.append(error)
        except (ServerRefused, SettingsError) as error:
            answers.refused.append(error)

    async with anyio.create_task_group() as tasks:
        for url in urls:
            tasks.start_soon(ask, url)
    if answers.refused:
        raise answers.refused[0]
    return answers


async def announce_gpus(target: Target, dcgm_url: str | None, announce: Callable[[Event], None]) -> None:
    """Announce gauges of the servers' GPUs until cancelled, or "unavailable" once.

    This machine's GPUs do not concern servers elsewhere, and the embedded engine uses none.
    """
    if target.embedded and not dcgm_url:
        return
    here = not target.embedded and on_this_machine(target.urls, socket.gethostname())
    await watch_gpus(announce, dcgm_url=dcgm_url, here=here)
