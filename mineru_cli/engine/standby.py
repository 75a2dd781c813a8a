"""Worker processes started before the run knows its server: they load their libraries meanwhile.

A worker reads its job from stdin, so it can be started before there is one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.abc

COMMAND = (sys.executable, "-m", "mineru_cli.engine.worker_process")
SURROUNDINGS = {
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(64 * 1024**2),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024**2),
}
"""Environment of a worker, where the user's own says nothing else.

pydantic would look through all installed packages for plugins. glibc would give each thread an arena of its
own, and hand each page's image back to the kernel only to ask for the next one: 60 MB more, and half of the
system time.
"""


class Standby:
    """Processes that wait for a job, first started first taken."""

    def __init__(self) -> None:
        self._waiting: deque[anyio.abc.Process] = deque()

    async def add(self) -> None:
        """Start one more."""
        self._waiting.append(await open_worker())

    async def take(self) -> anyio.abc.Process:
        """One that waits, or a new one."""
        return self._waiting.popleft() if self._waiting else await open_worker()

    async def close(self) -> None:
        """End those that were never taken."""
        with anyio.CancelScope(shield=True):
            for process in self._waiting:
                if process.returncode is None:
                    process.kill()
            while self._waiting:
                await self._waiting.popleft().aclose()


@asynccontextmanager
async def standby(workers: int) -> AsyncIterator[Standby]:
    """``workers`` processes, for as long as the context lasts."""
    waiting = Standby()
    try:
        for _ in range(workers):
            await waiting.add()
        yield waiting
    finally:
        await waiting.close()


async def open_worker() -> anyio.abc.Process:
    """A worker process that reads its job from stdin."""
    return await anyio.open_process(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**SURROUNDINGS, **os.environ},
    )
