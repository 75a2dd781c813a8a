"""Percentiles of what was seen, without a guess at its distribution. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0-1) of the values lie; linear between neighbours.

    Raises ``ValueError`` without values.
    """
    if not values:
        raise ValueError("no values, no percentile")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    # Written so that equal neighbours give exactly that value.
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """A sample of durations in seconds, in five figures."""

    count: int
    mean: float
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> LatencySummary | None:
        """None without values."""
        if not values:
            return None
        return cls(
            len(values),
            sum(values) / len(values),
            percentile(values, 0.50),
            percentile(values, 0.95),
            percentile(values, 0.99),
        )
