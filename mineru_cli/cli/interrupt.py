"""Ctrl-C during a wait: the first cancels gracefully, the second at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import anyio

from mineru_cli.cli.process import heeded_signals
from mineru_cli.errors import Interrupted

T = TypeVar("T")


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Cancel the body at the first signal, then restore the previous handlers."""
    loop = asyncio.get_running_loop()
    with anyio.CancelScope() as scope:

        def cancel(number: int, frame: FrameType | None) -> None:
            restore()
            loop.call_soon_threadsafe(scope.cancel)

        before = {number: signal.signal(number, cancel) for number in heeded_signals()}

        def restore() -> None:
            for number, handler in before.items():
                signal.signal(number, handler)

        try:
            yield
        finally:
            restore()


def until_interrupted(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work`` in an event loop. Raises ``Interrupted`` if a signal ended it."""

    async def watched() -> T:
        with cancelled_by_signals():
            return await work()
        raise Interrupted("stopped", hint="what was started for it is stopped as well")

    try:
        return anyio.run(watched)
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise Interrupted("stopped at once") from None
