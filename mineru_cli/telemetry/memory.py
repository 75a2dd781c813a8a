"""How much memory this process may use: of the machine, or of its container."""

from __future__ import annotations

import os
from pathlib import Path

_LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")


def usable_memory(root: Path = Path("/")) -> int:
    """Bytes. ``root`` holds ``sys``; a limit counts where it is lower than what the machine has."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE")
    return min([machine, *(limit for name in _LIMITS if (limit := _number(root / name)))])


def _number(path: Path) -> int:
    try:
        text = path.read_text("ascii", "replace").strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0
