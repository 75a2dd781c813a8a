"""What a figure was measured on: it says nothing without that."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from pathlib import Path

from mineru_cli import __version__
from mineru_cli.telemetry.cores import usable_cores


def machine(now: float) -> dict[str, object]:
    """The machine that we run on, its load so far, and the date. ``now`` in Unix seconds."""
    return {
        "measured": datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "mineru-batch": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpu": _processor(),
        "cores": usable_cores(),
        "load_before": _load_average(),
    }


def _processor() -> str | None:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return platform.processor() or None
    names = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name"))
    return next(names, None)


def _load_average() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None
