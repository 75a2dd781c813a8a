"""Ctrl-C while something is waited for: the first ends the wait in good order, the second at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import anyio

from mineru_cli.cli.process import heeded_signals


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Cancel what runs inside at the first signal; from then on signals do what they did before."""
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
