"""How far a mean over documents could be off: the bootstrap, resampling documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

RESAMPLES = 10_000
SEED = 2025
FEW = 20
"""With fewer documents an interval says little, and the report says so."""


@dataclass(frozen=True, slots=True)
class Interval:
    """``low`` and ``high`` hold the mean with probability ``level`` (two-sided)."""

    low: float
    high: float
    level: float
    documents: int
    resamples: int = RESAMPLES

    @property
    def few(self) -> bool:
        """Whether there are too few documents to lean on it."""
        return self.documents < FEW


def bootstrap(
    values: Sequence[float], random: Random, *, level: float = 0.95, resamples: int = RESAMPLES
) -> Interval | None:
    """Percentile interval of the mean of ``values``; None without values. Their order does not matter."""
    if not values:
        return None
    ordered = sorted(values)
    count = len(ordered)
    if ordered[0] == ordered[-1]:
        return Interval(ordered[0], ordered[0], level, count, resamples)
    choices = random.choices
    means = sorted(sum(choices(ordered, k=count)) / count for _ in range(resamples))
    tail = (1.0 - level) / 2
    return Interval(_quantile(means, tail), _quantile(means, 1 - tail), level, count, resamples)


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
