"""The start of a run: the fork server first, so that it loads while this process loads its own libraries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import anyio

from mineru_cli.domain.events import Observer
from mineru_cli.engine.local.fork_client import ForkServer
from mineru_cli.engine.local.launch import Launch, ended, launch
from mineru_cli.engine.process import allow_many_files
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.settings import Settings

if TYPE_CHECKING:
    from mineru_cli.engine.report import RunReport


def convert(
    settings: Settings,
    observers: Iterable[Observer] = (),
    *,
    stop: StopToken | None = None,
    ahead: Launch | None = None,
) -> RunReport:
    """Convert ``settings.inputs`` into ``settings.output`` and tell ``observers`` on the way.

    Blocks until the run is over. Bad documents never raise: they are in the report. Raises ``UsageError``,
    ``SettingsChanged``, ``ServerError`` and ``OutputError`` for what keeps a run from starting. ``ahead`` is
    a fork server that the caller started; it ends with the run.
    """
    allow_many_files()
    with ended(ahead or launch()) as server:
        return anyio.run(_convert, settings, tuple(observers), stop or StopToken(), ForkServer(server))


async def _convert(
    settings: Settings, observers: tuple[Observer, ...], stop: StopToken, forks: ForkServer
) -> RunReport:
    from mineru_cli.engine.run import convert_async

    return await convert_async(settings, observers, stop, forks=forks)
