"""Number formats of a bench, on the terminal and in HTML."""

from __future__ import annotations

import math

from mineru_cli.bench.result import Level
from mineru_cli.stats.descriptive import Interval
from mineru_cli.ui.format import UNKNOWN

MOST_DECIMALS = 4


def speed(value: float | None) -> str:
    """Three digits: ``0.0512``, ``4.03``, ``39.7``, ``1,204``: benches differ by a few per cent."""
    return UNKNOWN if value is None else f"{value:,.{_decimals(value)}f}"


FEW = 3
"""Repeats below which an interval says more about their number than about the server."""


def headline_range(level: Level) -> str:
    """The interval of the speed in words, with a remark for few repeats; empty for a single one."""
    interval, repeats = level.interval, len(level.runs)
    if interval is None:
        return "one measurement, no interval: --repeats 5 gives one" if repeats == 1 else ""
    low, high = max(0.0, interval.low), interval.high
    text = f"95 % interval {speed(low)} to {speed(high)}"
    return f"{text}; wide because of {repeats} repeats: --repeats 5 narrows it" if repeats < FEW else text


def spread(interval: Interval | None) -> str:
    """Half the interval, with as many decimals as its mean has: ``±0.05``."""
    if interval is None:
        return ""
    return f"±{interval.high - interval.value:,.{_decimals(interval.value)}f}"


def seconds(value: float | None) -> str:
    """``12 ms``, ``0.42 s``, ``12.3 s``."""
    if value is None:
        return UNKNOWN
    if value < 0.1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def requests(value: float) -> str:
    """``1.3``, ``8``, ``97``: the position of a knee, which lies between whole numbers."""
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"


def load_text(concurrency: int, rate: float | None) -> str:
    """Requests in flight, or the documents per second of an open loop."""
    return f"{concurrency} in flight" if rate is None else f"{rate:g} documents/s"


def _decimals(value: float) -> int:
    if value <= 0:
        return 0
    return min(MOST_DECIMALS, max(0, 2 - math.floor(math.log10(value))))
