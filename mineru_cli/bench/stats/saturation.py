"""Whether a server gets more than it can take: its queue and its latency grow with time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.bench.stats.student import MeanInterval, slope_interval

LEVEL = 0.95
GROWTH = 0.2
"""A queue or latency that grows by less than this share of its mean over the window is steady."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Saturation:
    """``queue_slope`` in requests a second, ``latency_slope`` in seconds a second; None: too few samples."""

    over: bool
    queue_slope: MeanInterval | None
    latency_slope: MeanInterval | None


def judge_saturation(queue: Points, latency: Points) -> Saturation:
    """From (second, waiting requests) and (second of finish, page seconds) inside the steady window.

    Over-saturated means that both grow, beyond chance and by more than a fifth of their mean: then no steady
    state exists at this load. A closed loop can fill a queue but never let it grow without end.
    """
    queue_slope, latency_slope = slope_interval(queue, LEVEL), slope_interval(latency, LEVEL)
    over = _grows(queue, queue_slope) and _grows(latency, latency_slope)
    return Saturation(over, queue_slope, latency_slope)


def _grows(points: Points, slope: MeanInterval | None) -> bool:
    if slope is None or slope.low <= 0:
        return False
    span = max(x for x, _ in points) - min(x for x, _ in points)
    mean = sum(y for _, y in points) / len(points)
    return slope.mean * span > GROWTH * abs(mean)
