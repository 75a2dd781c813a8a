"""Round numbers for axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

_TIMES = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis. ``place`` is percent of its length, from the left or from the top."""

    place: float
    label: str


def ceiling(value: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8 times a power of ten: a round maximum that halves well."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    for step in (1, 2, 3, 4, 5, 6, 8, 10):
        if value <= step * power * (1 + 1e-9):
            return step * power
    return 10 * power


def round_step(length: float, most: int) -> float:
    """1, 2 or 5 times a power of ten, so that ``length`` has at most ``most`` steps."""
    least = max(length, 1e-9) / most
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if least <= step * power * (1 + 1e-9))


def value_ticks(top: float) -> tuple[Tick, ...]:
    """Top, half and zero of a vertical axis."""
    return (Tick(0.0, plain(top)), Tick(50.0, plain(top / 2)), Tick(100.0, "0"))


def time_ticks(seconds: float, most: int = 6) -> tuple[Tick, ...]:
    """Round times on a horizontal axis of ``seconds``, the start included."""
    seconds = max(seconds, 0.001)
    step = next((step for step in _TIMES if seconds / step <= most), 0.0) or _DAY * ceiling(
        seconds / _DAY / most
    )
    count = int(seconds / step)
    return tuple(Tick(round(i * step / seconds * 100, 3), stopwatch(i * step)) for i in range(count + 1))


def stopwatch(seconds: float) -> str:
    """A time since the start in a suitable unit: ``40 s``, ``12 min``, ``2:30 h``, ``3 d``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole else "0"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min" if whole % 60 else f"{whole // 60} min"
    if whole < _DAY or whole % _DAY:
        return f"{whole // 3600}:{whole % 3600 // 60:02} h"
    return f"{whole // _DAY} d"


def plain(value: float) -> str:
    """As few digits as the number needs: ``0.25``, ``1.5``, ``40``, ``1,200``."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
