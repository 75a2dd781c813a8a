"""Confidence intervals that a guard may look at again and again. Pure.

Each look at the data costs some of the chance to be wrong: look number k gets ``6 / (pi k)^2`` of it, which
adds up to all of it however often one looks (Bonferroni's inequality over Euler's series).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist

from mineru_cli.stats.descriptive import Interval

_STEPS = 60
"""Bisections of an interval of 0-1: the result is exact to the last bit that counts."""
_NORMAL = NormalDist()


@dataclass(slots=True)
class Moments:
    """Count, mean and spread of numbers that are not kept (Welford's algorithm)."""

    count: int = 0
    mean: float = 0.0
    _squares: float = 0.0

    def add(self, number: float) -> None:
        """Take one number in."""
        self.count += 1
        delta = number - self.mean
        self.mean += delta / self.count
        self._squares += delta * (number - self.mean)

    @property
    def variance(self) -> float:
        """Sample variance; 0 for fewer than two numbers."""
        return self._squares / (self.count - 1) if self.count > 1 else 0.0


def chance_of_look(chance: float, look: int) -> float:
    """What look number ``look`` (from 1) gets of ``chance``."""
    return chance * 6 / (pi * look) ** 2


def deviations(chance: float) -> float:
    """How many standard deviations a normal variable exceeds with this chance."""
    return -_NORMAL.inv_cdf(chance)


def share_at_least(hits: int, of: int, chance: float) -> float:
    """Lower bound of a share (Clopper and Pearson): below it, that many hits have less than ``chance``."""
    if not hits:
        return 0.0
    low, high = 0.0, hits / of
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _tail(hits, of, middle) < chance:
            low = middle
        else:
            high = middle
    return low


def share_about(hits: int, of: int, margin: float) -> Interval:
    """A share with bounds ``margin`` standard deviations away (Wilson): for what decides nothing."""
    square = margin * margin
    share, weight = hits / of, 1 + square / of
    centre = share + square / (2 * of)
    reach = margin * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return Interval(share, max(0.0, (centre - reach) / weight), min(1.0, (centre + reach) / weight))


def mean_interval(sample: Moments, chance: float) -> Interval:
    """Of the mean of a large enough sample."""
    if not sample.count:
        return Interval(0.0, -inf, inf)
    margin = deviations(chance) * sqrt(sample.variance / sample.count)
    return Interval(sample.mean, sample.mean - margin, sample.mean + margin)


def difference_interval(one: Moments, other: Moments, chance: float) -> Interval:
    """Of the difference of two means, ``one`` minus ``other`` (Welch)."""
    if not (one.count and other.count):
        return Interval(0.0, -inf, inf)
    margin = deviations(chance) * sqrt(one.variance / one.count + other.variance / other.count)
    difference = one.mean - other.mean
    return Interval(difference, difference - margin, difference + margin)


def _tail(hits: int, of: int, share: float) -> float:
    """The chance of ``hits`` or more in ``of`` trials, for a ``share`` below ``hits / of``."""
    if share <= 0.0:
        return 0.0
    term = total = _chance(hits, of, share)
    odds = share / (1 - share)
    for count in range(hits, of):
        term *= odds * (of - count) / (count + 1)
        total += term
        if term < total * 1e-12:  # beyond the mean they only become smaller
            break
    return total


def _chance(hits: int, of: int, share: float) -> float:
    ways = lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1)
    return exp(ways + hits * log(share) + (of - hits) * log1p(-share))
