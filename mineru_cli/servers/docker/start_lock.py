"""One launch at a time on a machine: the second caller waits, and finds the first one's server."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

POLL = 0.5


@asynccontextmanager
async def start_lock(
    project: str, waiting: Callable[[str], None], *, sleep: Callable[[float], Awaitable[None]] = anyio.sleep
) -> AsyncIterator[None]:
    """Hold the lock. ``waiting`` is called once with the owner's pid when another process holds it.

    The kernel frees it when a process ends, however it ends.
    """
    descriptor = await anyio.to_thread.run_sync(_open, project)
    told = False
    try:
        while True:
            owner = await anyio.to_thread.run_sync(_try, descriptor)
            if owner is None:
                break
            if not told:
                waiting(owner)
                told = True
            await sleep(POLL)
        yield
    finally:
        os.close(descriptor)


def _open(project: str) -> int:
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"mineru-batch-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(folder / f"server-{project}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try(descriptor: int) -> str | None:
    """None when the lock is ours now, else the pid of who has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "?"
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return None
