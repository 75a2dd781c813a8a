"""How many cores and how much memory this process may use: of the machine, or of its container.

A pod with a limit of 2 CPUs on a node of 64 sees all 64, and would be throttled with one worker on each.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")


def usable_cores(root: Path = Path("/")) -> int:
    """At least 1. A quota of 1.5 cores counts as 2. ``root`` holds ``proc`` and ``sys``."""
    seen = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([seen, *(math.ceil(quota) for quota in _quotas(root))]))


def usable_memory(root: Path = Path("/")) -> int:
    """Bytes. ``root`` holds ``sys``; a limit counts where it is lower than what the machine has."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE")
    return min([machine, *(limit for name in _LIMITS if (limit := _number(root / name)))])


def _quotas(root: Path) -> Iterator[float]:
    """CPU quotas, in cores, of the process's cgroup and its ancestors."""
    mounted = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:  # version 2: one tree, "0::/path"
            base, read = mounted, _quota
        elif "cpu" in controllers.split(","):
            base, read = mounted / "cpu", _quota_of_version_1
        else:
            continue
        folder = base / path.strip("/")
        # In a container the path can be the host's, which does not exist there: the mount is then its own
        # cgroup.
        for group in (folder, *folder.parents):
            yield from read(group)
            if group == base:
                break


def _quota(group: Path) -> Iterator[float]:
    quota, _, period = _text(group / "cpu.max").strip().partition(" ")
    if quota.isdigit() and period.isdigit():
        yield int(quota) / int(period)


def _quota_of_version_1(group: Path) -> Iterator[float]:
    quota, period = (_text(group / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    if quota.isdigit() and period.isdigit():  # "-1": no quota
        yield int(quota) / int(period)


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.isdigit() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
