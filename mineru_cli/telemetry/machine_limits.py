"""How many cores and how much memory this process may use: of the machine, or of its container.

A pod with a limit of 2 CPUs on a node of 64 sees all 64, and would be throttled with one worker on each.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_MEMORY_LIMITS = ("memory.max", "memory.limit_in_bytes")


def usable_cores(root: Path = Path("/")) -> int:
    """At least 1. A quota of 1.5 cores counts as 2. ``root`` holds ``proc`` and ``sys``."""
    seen = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = (_quota(group) for group in _groups(root, "cpu"))
    return max(1, min([seen, *(math.ceil(quota) for quota in quotas if quota is not None)]))


def usable_memory(root: Path = Path("/")) -> int:
    """Bytes. ``root`` holds ``proc`` and ``sys``; a limit counts where the machine has more than it."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE")
    files = [group / name for group in _groups(root, "memory") for name in _MEMORY_LIMITS]
    return min([machine, *(int(text) for text in map(_word, files) if text.isdigit())])


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of the process's cgroup and its ancestors, in both versions of cgroups.

    The uppermost one is always among them: in a container the path can be the host's, which does not exist
    there, and the mount is then the container's own cgroup.
    """
    mounted = root / "sys/fs/cgroup"
    yield mounted
    yield mounted / controller
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        base = mounted / controller if controllers else mounted  # version 2: one tree, "0::/path"
        for group in (folder := base / path.strip("/"), *folder.parents):
            if group == base:
                break
            yield group


def _quota(group: Path) -> float | None:
    """A group's CPU quota in cores; None without one."""
    quota, _, period = _word(group / "cpu.max").partition(" ")
    if not quota:
        quota, period = (_word(group / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None  # "max", "-1": none


def _word(path: Path) -> str:
    return _text(path).strip()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
