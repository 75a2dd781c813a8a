"""Means and percentiles of what was seen, without a guess at its distribution. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its bounds; the confidence is that of the function which made it."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> Interval:
        """The same in another unit."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)


def mean_of_known(values: Iterable[float | None]) -> float | None:
    """The mean of the values that are known; None when none is."""
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0-1) of the values lie; linear between neighbours.

    Raises ``ValueError`` without values.
    """
    if not values:
        raise ValueError("no values, no percentile")
    return percentile_of_sorted(sorted(values), share)


def percentile_of_sorted(ordered: Sequence[float], share: float) -> float:
    """The same of values in rising order, of which there is at least one."""
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
        ordered = sorted(values)
        shares = (percentile_of_sorted(ordered, share) for share in (0.50, 0.95, 0.99))
        return cls(len(values), fsum(values) / len(values), *shares)
