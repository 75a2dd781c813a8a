"""Process resources: memory, limit of open files, and ending with the parent."""

from __future__ import annotations

import os
import resource
import signal
import sys
from contextlib import suppress

from mineru_cli.errors import UsageError

ENOUGH = 65_536
"""Open files: a connection for every request in flight, six pipes for every worker."""

FEWEST = 32
"""Open files of a run with one worker."""

PR_SET_PDEATHSIG = 1


def resident_bytes(pid: int) -> int:
    """Resident memory of a process in bytes; 0 where the system does not report it."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:  # noqa: PTH123  twice a second
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        return 0


def allow_many_files() -> None:
    """Raise this process's limit as far as allowed: 1024 or, on macOS, 256 are usual."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def check_open_files() -> None:
    """Raise ``UsageError`` where the limit is too small for the smallest run."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FEWEST:
        raise too_many_open_files()


def too_many_open_files() -> UsageError:
    """The error of a process that reached its limit of open files."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return UsageError(
        f"too many open files: this process may have {limit} at once (ulimit -n)",
        hint="raise the limit: ulimit -n 1024; or use fewer --workers",
    )


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when the parent's thread that started it ends."""
    if sys.platform != "linux":
        return
    import ctypes

    parent = os.getppid() if parent is None else parent
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it had ended before
        os._exit(1)
