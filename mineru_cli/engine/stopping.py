"""Carrying out the requests of a ``StopToken``: pause, drain within the grace, end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import anyio
import anyio.abc

from mineru_cli.domain.events import Event, Notice, Stopping
from mineru_cli.engine.stop_token import StopToken


class Stoppable(Protocol):
    """The part of the coordinator that a stop needs."""

    def pause(self, paused: bool) -> None:
        """Pause, starting no page, or resume."""

    def drain(self) -> None:
        """Start no further page, and end when those in progress are done."""


async def obey(
    stop: StopToken,
    work: Stoppable,
    tasks: anyio.abc.TaskGroup,
    *,
    grace: float,
    announce: Callable[[Event], None],
) -> None:
    """Do what ``stop`` asks for, until cancelled.

    ``tasks`` are cancelled ``grace`` seconds after the first request, and at once by a second one.
    """
    changed = _Latch(asyncio.get_running_loop())
    stop.listen(changed.set)
    draining = False
    while True:
        await changed.wait()
        work.pause(stop.paused)
        if stop.requests and not draining:
            draining = True
            text = f"stopping: pages in flight get up to {grace:.0f} s (--grace); once more stops at once"
            announce(Notice("warning", text))
            announce(Stopping(grace))
            work.drain()
            tasks.start_soon(_cancel_after, grace, tasks)
        if stop.requests > 1:
            tasks.cancel_scope.cancel()


async def _cancel_after(grace: float, tasks: anyio.abc.TaskGroup) -> None:
    await anyio.sleep(grace)
    tasks.cancel_scope.cancel()


class _Latch:
    """An event that any thread, or a signal handler, may set, and that is clear again once seen."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()

    def set(self) -> None:
        self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()
