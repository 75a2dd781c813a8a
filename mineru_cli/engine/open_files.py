"""Room for open files: a connection for every request in flight, six pipes for every worker."""

from __future__ import annotations

import resource
from contextlib import suppress

ENOUGH = 65_536


def allow_many_files() -> None:
    """Raise this process's own limit as far as the system lets it: 1024 or, on a Mac, 256 are usual."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
