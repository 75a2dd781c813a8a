"""One run at a time on an output folder."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
import weakref
from pathlib import Path
from types import TracebackType

from mineru_cli.errors import OutputLocked
from mineru_cli.store.ledger.faults import shown, writing

_HELD = frozenset({errno.EAGAIN, errno.EACCES})
_GLANCES, _GLANCE = 3, 0.02


def working(path: Path) -> bool:
    """Whether a process holds the lock at ``path``, according to the kernel, whatever pid the file names."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _HELD
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int) -> None:
    """Lock it. A check whether it is taken (``working``) holds it for a moment: wait that long."""
    for _ in range(_GLANCES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in _HELD:
                raise
        time.sleep(_GLANCE)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class RunLock:
    """An advisory lock on ``path`` (``OUT/.mineru-batch/lock``), a context manager.

    The kernel frees it when the process ends, however it ends, so locks are never stale. The file holds pid
    and host of its owner, for the message to a second run.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> None:
        """Take the lock. Raises ``OutputLocked``, which names the owner, and ``OutputError``."""
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                _take(descriptor)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n{socket.gethostname()}\n".encode(), 0)
            except OSError as error:
                owner = os.pread(descriptor, 1024, 0).decode("utf-8", "replace").split("\n")
                os.close(descriptor)
                if error.errno in _HELD:
                    raise self._locked(owner) from None
                raise
        self._descriptor = descriptor
        self._close_in_children()

    def release(self) -> None:
        """Release the lock. The file stays: removing it would race with a process that opens it."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _locked(self, owner: list[str]) -> OutputLocked:
        folder = shown(self._path.parent.parent)
        who = f"process {owner[0]} on {owner[1]}" if len(owner) > 1 and owner[0] else "another process"
        return OutputLocked(
            f"{who} is working on {folder}",
            hint="wait until it ends, stop it, or give another folder with -o",
        )

    def _close_in_children(self) -> None:
        """Close the file in forked children, which would otherwise hold the lock after their parent's end."""
        me = weakref.ref(self)

        def drop() -> None:
            lock = me()
            if lock is not None and lock._descriptor >= 0:
                os.close(lock._descriptor)
                lock._descriptor = -1

        os.register_at_fork(after_in_child=drop)
