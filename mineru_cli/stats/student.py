"""Student's t: how far a mean of few repeats could be off. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mineru_cli.stats.descriptive import Interval


def t_quantile(level: float, freedom: float) -> float:
    """The half-width of a two-sided interval in standard errors: 2.776 for 0.95 with 4 degrees of freedom.

    Found by bisection on the distribution itself. Raises ``ValueError`` for a level outside 0-1.
    """
    if not 0 < level < 1 or freedom <= 0:
        raise ValueError(f"no interval of level {level} with {freedom} degrees of freedom")
    low, high = 0.0, 1.0
    while _inside(high, freedom) < level:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if _inside(middle, freedom) < level:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return high


def _inside(t: float, freedom: float) -> float:
    """Probability that Student's t lies between -t and t."""
    x = freedom / (freedom + t * t)
    return 1.0 - _beta(x, freedom / 2, 0.5)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _beta(1.0 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction, evaluated forwards (Lentz)."""
    tiny = 1e-300
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, 500):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / (1.0 + term * d or tiny)
            c = 1.0 + term / c or tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return value


def mean_interval(values: Sequence[float], level: float = 0.95) -> Interval | None:
    """The mean and where it lies with probability ``level``; None for fewer than two: one has no spread."""
    count = len(values)
    if count < 2:
        return None
    mean = sum(values) / count
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    half = t_quantile(level, count - 1) * math.sqrt(variance / count)
    return Interval(mean, mean - half, mean + half)


def slope_interval(points: Sequence[tuple[float, float]], level: float = 0.95) -> Interval | None:
    """The slope of a straight line through (x, y) points, least squares; None for fewer than three."""
    count = len(points)
    if count < 3:
        return None
    x_mean = sum(x for x, _ in points) / count
    y_mean = sum(y for _, y in points) / count
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    if spread <= 0:
        return None
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
    rest = sum((y - y_mean - slope * (x - x_mean)) ** 2 for x, y in points)
    half = t_quantile(level, count - 2) * math.sqrt(rest / (count - 2) / spread)
    return Interval(slope, slope - half, slope + half)
