"""The servers of a run: those given, or one of our own; proved to be there before any work begins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio

from mineru_cli.domain.events import Event, Notice
from mineru_cli.errors import ModelMismatch, ServerGivenUp, ServerUnreachable, SettingsError
from mineru_cli.servers.readiness import ServerCard, probe
from mineru_cli.settings import Settings

RETRY_EVERY = 1.0
NO_SERVER = (
    "no server given: embedded CPU engine; for speed and quality point --server-url at a vLLM server "
    "(it reads no formulas: those come out as plain text)"
)


@dataclass(frozen=True, slots=True)
class Target:
    """Servers that answered, all with the same model."""

    urls: tuple[str, ...]
    model: str
    embedded: bool
    cards: tuple[ServerCard, ...]


@asynccontextmanager
async def find_target(
    settings: Settings, announce: Callable[[Event], None], clock: Callable[[], float]
) -> AsyncIterator[Target]:
    """The run's servers for as long as the context lasts.

    Raises ``ServerRefused`` for a server that can never work as configured, ``ServerGivenUp`` when none came
    up within ``server_wait``, ``EngineUnavailable``.
    """
    if settings.server_url:
        yield await _probe_all(settings, settings.server_url, announce, clock, embedded=False)
        return
    if settings.server == "docker":
        raise SettingsError(
            "--server docker is not available", hint="give the server's address with --server-url"
        )
    from mineru_cli.servers.embedded.config import EmbeddedConfig
    from mineru_cli.servers.embedded.process import embedded_server

    announce(Notice("info", NO_SERVER))
    async with embedded_server(EmbeddedConfig()) as server:
        yield await _probe_all(settings, (server.url,), announce, clock, embedded=True)


async def _probe_all(
    settings: Settings,
    urls: Sequence[str],
    announce: Callable[[Event], None],
    clock: Callable[[], float],
    *,
    embedded: bool,
) -> Target:
    cards = [await _wait_for(settings, url, announce, clock) for url in urls]
    models = {card.model for card in cards}
    if len(models) > 1:
        told = ", ".join(f"{card.url} serves {card.model}" for card in cards)
        raise ModelMismatch(
            f"the servers of one run must serve the same model: {told}", hint="leave out the odd one"
        )
    return Target(tuple(urls), cards[0].model, embedded, tuple(cards))


async def _wait_for(
    settings: Settings, url: str, announce: Callable[[Event], None], clock: Callable[[], float]
) -> ServerCard:
    began = clock()
    told = False
    while True:
        try:
            return await probe(
                url,
                model=settings.model,
                api_key=settings.api_key.get_secret_value() if settings.api_key else None,
                headers=settings.headers,
                tls_verify=settings.tls_verify,
            )
        except ServerUnreachable as error:
            if clock() - began >= settings.server_wait:
                raise ServerGivenUp(
                    f"{url} did not answer for {settings.server_wait:.0f} s: {error.message}",
                    hint=error.hint or "is the address right, and has the server loaded its model?",
                ) from error
            if not told:
                wait = (
                    f"waiting for {url} up to {settings.server_wait:.0f} s (--server-wait): {error.message}"
                )
                announce(Notice("warning", wait))
                told = True
        await anyio.sleep(RETRY_EVERY)
