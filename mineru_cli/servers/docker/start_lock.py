"""One launch at a time per machine: a second caller waits, then finds the first one's server."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from mineru_cli.errors import EngineUnavailable

POLL = 0.5


@asynccontextmanager
async def start_lock(
    project: str, waiting: Callable[[str], None], *, sleep: Callable[[float], Awaitable[None]] = anyio.sleep
) -> AsyncIterator[None]:
    """Hold the lock. ``waiting`` is called once with the owner's pid if another process holds it.

    The kernel releases it when the process ends, for whatever reason.
    """
    descriptor = await anyio.to_thread.run_sync(_open, project)
    announced = False
    try:
        while True:
            owner = await anyio.to_thread.run_sync(_try, descriptor)
            if owner is None:
                break
            if not announced:
                waiting(owner)
                announced = True
            await sleep(POLL)
        yield
    finally:
        os.close(descriptor)


def _open(project: str) -> int:
    """Open the lock file in a folder that no other user can write to, so that none can plant a symlink."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"mineru-batch-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _foreign(folder, error.strerror or str(error)) from error
    try:
        status = os.fstat(inside)
        if status.st_uid != os.getuid():
            raise _foreign(folder, "it belongs to another user")
        if stat.S_IMODE(status.st_mode) & 0o077:
            os.fchmod(inside, 0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(f"server-{project}.lock", flags, 0o600, dir_fd=inside)
    except OSError as error:
        raise _foreign(folder, f"the lock in it cannot be opened: {error.strerror or error}") from error
    finally:
        os.close(inside)


def _foreign(folder: Path, why: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"{folder} cannot hold the lock of the server's start: {why}",
        hint="remove it, or set XDG_RUNTIME_DIR to a folder of your own",
    )


def _try(descriptor: int) -> str | None:
    """Try to take the lock: None on success, else the pid of its owner."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "?"
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return None
