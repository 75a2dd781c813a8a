"""The lock of an output: taking it, waiting for one whose owner may be dead, and losing it.

A pod that is killed leaves its lock behind, and its successor starts before the lock is stale.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack

import anyio
import anyio.to_thread

from mineru_cli.domain.events import Event, Notice
from mineru_cli.errors import MinerUBatchError, OutputLocked

LOOK_EVERY = 5.0
"""Seconds between two looks at a lock that may be left behind."""


async def hold_output(
    make_lock: Callable[[], AbstractContextManager[object]],
    held: ExitStack,
    *,
    announce: Callable[[Event], None],
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> None:
    """Take the lock and leave it to ``held``. Raises ``OutputLocked`` when its owner lives.

    An owner of this machine is known to live or to be dead. One of another machine lives if it renews its
    lock while this waits, else the lock is taken over once it is stale.
    """
    seen = ""
    while True:
        try:
            await anyio.to_thread.run_sync(held.enter_context, make_lock())
            return
        except OutputLocked as error:
            if not error.renewal or seen not in ("", error.renewal):
                raise
            if not seen:
                announce(Notice("info", f"{error.message}: waiting until it renews it or can be taken over"))
            seen = error.renewal
        await sleep(LOOK_EVERY)


class LostLock:
    """Reports that another process has taken the lock. ``set`` is called from any thread."""

    def __init__(self) -> None:
        self._error: MinerUBatchError | None = None

    def set(self, error: MinerUBatchError) -> None:
        """The lock is lost."""
        self._error = error

    def check(self) -> None:
        """Raise the error that was passed to ``set``, if any."""
        if self._error is not None:
            raise self._error
