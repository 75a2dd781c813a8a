"""The start of a run: workers first, so that they load their libraries while this process loads its own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import anyio

from mineru_cli.domain.events import Observer
from mineru_cli.engine.open_files import allow_many_files
from mineru_cli.engine.sizing import size
from mineru_cli.engine.standby import standby
from mineru_cli.engine.stop import Stop
from mineru_cli.settings import Settings

if TYPE_CHECKING:
    from mineru_cli.engine.report import RunReport


def convert(settings: Settings, observers: Iterable[Observer] = (), *, stop: Stop | None = None) -> RunReport:
    """Convert ``settings.inputs`` into ``settings.output`` and tell ``observers`` on the way.

    Blocks until the run is over. Bad documents never raise: they are in the report. Raises ``UsageError``,
    ``SettingsChanged``, ``ServerError`` and ``OutputError`` for what keeps a run from starting.
    """
    allow_many_files()
    return anyio.run(_convert, settings, tuple(observers), stop or Stop())


async def _convert(settings: Settings, observers: tuple[Observer, ...], stop: Stop) -> RunReport:
    workers = size(settings, cores=os.cpu_count() or 1, embedded=not settings.server_url).workers
    async with standby(workers) as waiting:
        from mineru_cli.engine.run import convert_async

        return await convert_async(settings, observers, stop, waiting=waiting)
