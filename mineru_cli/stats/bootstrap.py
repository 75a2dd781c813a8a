"""How far a mean over documents could be off: the bootstrap, resampling documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mineru_cli.stats.descriptive import percentile_of_sorted

RESAMPLES = 10_000
SEED = 2025
FEW = 20
"""With fewer documents an interval has little meaning, and the report states it."""


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """``low`` and ``high`` hold the mean with probability ``level`` (two-sided)."""

    low: float
    high: float
    level: float
    documents: int
    resamples: int = RESAMPLES

    @property
    def few(self) -> bool:
        """Whether there are too few documents to rely on it."""
        return self.documents < FEW


def bootstrap(
    values: Sequence[float], random: Random, *, level: float = 0.95, resamples: int = RESAMPLES
) -> BootstrapInterval | None:
    """Percentile interval of the mean of ``values``; None without values. Their order does not matter."""
    if not values:
        return None
    ordered = sorted(values)
    count = len(ordered)
    if ordered[0] == ordered[-1]:
        return BootstrapInterval(ordered[0], ordered[0], level, count, resamples)
    choices = random.choices
    means = sorted(sum(choices(ordered, k=count)) / count for _ in range(resamples))
    tail = (1.0 - level) / 2
    return BootstrapInterval(
        percentile_of_sorted(means, tail), percentile_of_sorted(means, 1 - tail), level, count, resamples
    )
