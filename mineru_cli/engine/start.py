"""The start of a run: the engine first, so that it loads while this process loads its own libraries."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

import anyio

from mineru_cli.domain.events import Observer
from mineru_cli.engine.engines import engine_of
from mineru_cli.engine.process import allow_many_files
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.settings import Settings

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

if TYPE_CHECKING:
    from mineru_cli.engine.pool import Engine
    from mineru_cli.engine.report import RunReport
    from mineru_cli.engine.routes import Router


def convert(
    settings: Settings,
    observers: Iterable[Observer] = (),
    *,
    stop: StopToken | None = None,
    engine: Engine | None = None,
    router: Router | None = None,
) -> RunReport:
    """Convert ``settings.inputs`` into ``settings.output``, and pass what happens to ``observers``.

    Blocks until the run is over. Bad documents never raise: they are in the report. Raises ``UsageError``,
    ``SettingsChanged``, ``ServerError`` and ``OutputError`` if a run cannot start, and KeyboardInterrupt at
    Ctrl-C. ``engine`` is one that the caller opened ahead, and closes. ``router`` sends some of the documents
    to a second target.
    """
    allow_many_files()
    ahead = engine if settings.engine == "local" else None
    with nullcontext(ahead) if ahead else engine_of(settings) as opened:
        from mineru_cli.engine.run import convert_async

        try:
            return anyio.run(partial(convert_async, settings, observers, stop, engine=opened, router=router))
        except BaseExceptionGroup as group:
            raise _innermost(group) from None
        except asyncio.CancelledError:
            # How anyio reports Ctrl-C on Python 3.10; on later versions it raises KeyboardInterrupt itself.
            raise KeyboardInterrupt from None


def _innermost(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """SystemExit and the like, by which an observer ends the caller's program; else the group itself."""
    inner: BaseException = group
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return group if isinstance(inner, Exception) else inner
