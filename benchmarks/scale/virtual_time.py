"""An asyncio event loop whose clock jumps to the next timer: hours of a simulation pass in seconds.

Nothing may wait for another thread or a socket: there is no time in which that could happen.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


class _Instant(selectors.DefaultSelector):
    """Does not wait: reports the seconds for which the loop would have waited."""

    def __init__(self, advance: Callable[[float], None]) -> None:
        super().__init__()
        self._advance = advance

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("the simulation stands still: nothing is ready and no timer is set")
            self._advance(max(0.0, timeout))
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """``time()`` starts at 0 and moves only while nothing is ready to run."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Instant(self._pass))

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now

    def _pass(self, seconds: float) -> None:
        self._now += seconds


def run_in_virtual_time(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work`` on such a loop and return its result."""
    options: Mapping[str, Any] = {"loop_factory": VirtualTimeLoop}
    return anyio.run(work, backend="asyncio", backend_options=dict(options))
