"""Timelines as points of a chart: resampled to even buckets, with rates instead of sums. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mineru_cli.observe.timeline import TimeSeries
from mineru_cli.stats.descriptive import mean_of_known

POINTS = 120
BRIDGED = 5.0
"""Gaps of up to this many seconds are interpolated: a busy machine samples late."""

Value = TypeVar("Value", float, "float | None")


@dataclass(frozen=True, slots=True)
class Points:
    """Values at times in seconds since the start; None where unknown."""

    at: tuple[float, ...]
    values: tuple[float | None, ...]

    @property
    def known(self) -> tuple[float, ...]:
        """The values that are known."""
        return tuple(value for value in self.values if value is not None)

    @property
    def top(self) -> float:
        """The largest value, 0 for none."""
        return max(self.known, default=0.0)

    @property
    def mean(self) -> float | None:
        """The mean of what is known."""
        return mean_of_known(self.values)


def rates(series: TimeSeries, seconds: float, most: int = POINTS) -> Points:
    """Sums per bucket as things per second. Buckets after the last are zero: nothing happened there."""
    buckets = max(1, math.ceil(seconds / series.width))
    sums = [value or 0.0 for value in series.values[:buckets]]
    sums += [0.0] * (buckets - len(sums))
    if series.values[buckets:]:
        sums[-1] += sum(value or 0.0 for value in series.values[buckets:])
    at, values = [], []
    for start, group in _groups(sums, most):
        begin = start * series.width
        end = min((start + len(group)) * series.width, max(seconds, begin + series.width / 2))
        at.append((begin + end) / 2)
        values.append(sum(group) / (end - begin))
    return Points(tuple(at), tuple(values))


def means(series: TimeSeries, seconds: float, most: int = POINTS) -> Points:
    """Averages per bucket; None in gaps longer than ``BRIDGED`` seconds."""
    at: list[float] = []
    values: list[float | None] = []
    for start, group in _groups(series.values, most):
        at.append(min((start + len(group) / 2) * series.width, max(seconds, 0.0)))
        values.append(mean_of_known(group))
    wide = at[1] - at[0] if len(at) > 1 else series.width
    return Points(tuple(at), tuple(_bridged(values, int(BRIDGED // wide))))


def _bridged(values: Sequence[float | None], most: int) -> Iterator[float | None]:
    """Interpolate linearly over gaps of at most ``most`` values."""
    latest = -1
    for place, value in enumerate(values):
        if value is None:
            continue
        gap = place - latest - 1
        before = values[latest] if latest >= 0 else None
        for step in range(1, gap + 1):
            yield before + (value - before) * step / (gap + 1) if before is not None and gap <= most else None
        yield value
        latest = place
    yield from values[latest + 1 :]


def average(many: Sequence[Points]) -> Points:
    """Pointwise mean of several series with common times, as long as the longest."""
    longest = max(many, key=lambda points: len(points.at), default=Points((), ()))
    columns = zip(*(_padded(points.values, len(longest.at)) for points in many), strict=True)
    return Points(longest.at, tuple(mean_of_known(column) for column in columns))


def from_events(events: Iterable[tuple[float, float]], seconds: float, buckets: int = POINTS) -> TimeSeries:
    """Amounts at times since the start, summed into buckets: the fallback without a timeline."""
    width = max(1.0, seconds / buckets)
    sums = [0.0] * max(1, math.ceil(seconds / width))
    for at, amount in events:
        sums[min(max(int(at / width), 0), len(sums) - 1)] += amount
    return TimeSeries(width=width, values=tuple(sums))


def _groups(values: Sequence[Value], most: int) -> Iterator[tuple[int, Sequence[Value]]]:
    step = max(1, math.ceil(len(values) / most))
    for start in range(0, len(values), step):
        yield start, values[start : start + step]


def _padded(values: Sequence[float | None], length: int) -> list[float | None]:
    return [*values, *[None] * (length - len(values))]
