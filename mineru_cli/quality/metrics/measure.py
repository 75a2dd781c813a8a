"""What a metric says of one page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum


@dataclass(frozen=True, slots=True)
class Measure:
    """``score`` in [0, 1], 1 is equal. ``amount`` is how many characters it is about, at least 1."""

    score: float
    amount: int


def combined(measures: Iterable[Measure | None]) -> Measure | None:
    """The mean of the measures that are there, weighted by their amounts; exactly 1 when all are 1."""
    present = [measure for measure in measures if measure is not None]
    if not present:
        return None
    amount = sum(measure.amount for measure in present)
    if all(measure.score == 1.0 for measure in present):
        return Measure(1.0, amount)
    return Measure(fsum(measure.score * measure.amount for measure in present) / amount, amount)
