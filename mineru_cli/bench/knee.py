"""Finds the knee of throughput over concurrency, and detects saturation of the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.stats.descriptive import Interval
from mineru_cli.stats.student import slope_interval

BENT = 0.5
"""The slope beyond a knee is at most this share of the slope before it."""

BEYOND = 2
"""Levels required beyond a knee: with one, a knee and an outlier look the same."""

GRID = 400
"""Candidate positions of the knee between the smallest and the largest level."""


@dataclass(frozen=True, slots=True)
class Knee:
    """``concurrency`` in requests in flight. ``error`` is the root mean square of the relative errors."""

    concurrency: float
    pages_per_second: float
    error: float


@dataclass(frozen=True, slots=True)
class KneeSearch:
    """``knee`` None means "not reached": ``reason`` says why."""

    knee: Knee | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Fit:
    """``before`` and ``after`` are slopes in pages/s per request in flight."""

    at: float
    before: float
    after: float
    error: float


def find_knee(points: Sequence[tuple[float, float]]) -> KneeSearch:
    """The knee in (concurrency, pages/s) points, in any order. Levels without throughput are left out."""
    usable = sorted((x, y) for x, y in points if x > 0 and y > 0)
    levels = sorted({x for x, _ in usable})
    if len(levels) < 3:
        return KneeSearch(None, "a knee needs at least three levels: give more with --sweep")
    best = min((_fit(usable, at) for at in _places(levels)), key=lambda fit: fit.error)
    if best.before <= 0 or best.after > BENT * best.before:
        return KneeSearch(None, "not reached: throughput still rises with concurrency at the highest level")
    beyond = sum(level > best.at for level in levels)
    if beyond < BEYOND:
        return KneeSearch(
            None, f"not reached: only the highest level lies beyond {best.at:.0f}, which shows no bend"
        )
    return KneeSearch(Knee(best.at, best.before * best.at, best.error))


def _places(levels: Sequence[float]) -> list[float]:
    """Candidate bends, evenly spaced in the logarithm, with the levels themselves among them."""
    low, high = levels[0], levels[-1]
    ratio = (high / low) ** (1 / GRID)
    return sorted({*levels[:-1], *(low * ratio**step for step in range(GRID))})


def _fit(points: Sequence[tuple[float, float]], at: float) -> _Fit:
    """Fit both slopes for a knee at this position, with relative weights."""
    aa = ab = bb = ay = by = 0.0
    rows = [(min(x, at) / y, max(x - at, 0.0) / y) for x, y in points]
    for a, b in rows:
        aa, ab, bb, ay, by = aa + a * a, ab + a * b, bb + b * b, ay + a, by + b
    determinant = aa * bb - ab * ab
    if determinant > 1e-12 * aa * max(bb, 1e-300):
        before, after = (ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant
    else:
        before, after = ay / aa, 0.0
    if after < 0:  # a falling line is an overloaded server; the knee is at its top
        before, after = _slope_to_a_plateau(rows), 0.0
    rest = sum((1.0 - before * a - after * b) ** 2 for a, b in rows)
    return _Fit(at, before, after, (rest / len(points)) ** 0.5)


def _slope_to_a_plateau(rows: Sequence[tuple[float, float]]) -> float:
    """The rising slope if the line beyond the knee is flat."""
    return sum(a for a, _ in rows) / sum(a * a for a, _ in rows)


LEVEL = 0.95
GROWTH = 0.2
"""A queue or latency that grows by less than this share of its mean over the window is steady."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Saturation:
    """``queue_slope`` in requests/s, ``latency_slope`` in seconds per second; None: too few samples."""

    over: bool
    queue_slope: Interval | None
    latency_slope: Interval | None


def judge_saturation(queue: Points, latency: Points) -> Saturation:
    """From (second, waiting requests) and (second of finish, page seconds) inside the steady window.

    Over-saturated means that both grow, significantly and by more than a fifth of their mean: there is no
    steady state at this load. In a closed loop a queue can fill but not grow without bound.
    """
    queue_slope, latency_slope = slope_interval(queue, LEVEL), slope_interval(latency, LEVEL)
    over = _grows(queue, queue_slope) and _grows(latency, latency_slope)
    return Saturation(over, queue_slope, latency_slope)


def _grows(points: Points, slope: Interval | None) -> bool:
    if slope is None or slope.low <= 0:
        return False
    span = max(x for x, _ in points) - min(x for x, _ in points)
    mean = sum(y for _, y in points) / len(points)
    return slope.value * span > GROWTH * abs(mean)
