"""Compares two sets of repeats: better, worse, or no difference shown. Pure.

The effect is the ratio of the two on a logarithmic scale, so that a halving and a doubling weigh the same and
noise is relative. Repeats of all levels share one estimate of the noise.

Repeats alone would underestimate the error: on a server with constant latency they agree to a thousandth,
although all of them cut requests in two at the edges of their windows. So the resolution of a window of n
requests is added to the error, and it does not shrink with repeats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Literal

from mineru_cli.stats.student import t_quantile

LEVEL = 0.99
"""Confidence level of an interval: one false alarm in a hundred comparisons."""

NEGLIGIBLE = 0.02
"""Better or worse requires an interval wholly beyond this: machines drift by as much."""

CUT = 0.5
"""Standard deviation, in requests, of the count in a window due to its edges."""

Word = Literal["better", "worse", "no difference shown"]


@dataclass(frozen=True, slots=True)
class Change:
    """``ratio`` is after / before; ``low`` and ``high`` are None with too few repeats."""

    name: str
    ratio: float
    low: float | None
    high: float | None
    word: Word
    higher_is_better: bool = True

    @property
    def loss(self) -> float:
        """The share by which it became worse; negative for an improvement."""
        return 1 - self.ratio if self.higher_is_better else self.ratio - 1


def judge_change(
    name: str,
    before: Mapping[int, Sequence[float]],
    after: Mapping[int, Sequence[float]],
    *,
    higher_is_better: bool = True,
    requests: Mapping[int, tuple[float, float]] | None = None,
) -> Change | None:
    """The mean change over the levels that both sides have. Keys are levels, values their repeats.

    ``requests`` are those in a window, before and after; without them windows are taken to be exact. None if
    no level has positive values on both sides.
    """
    keys = [
        key for key in sorted(before.keys() & after.keys()) if _usable(before[key]) and _usable(after[key])
    ]
    if not keys:
        return None
    pairs = [(_logs(before[key]), _logs(after[key])) for key in keys]
    mean = sum(fmean(b) - fmean(a) for a, b in pairs) / len(pairs)
    half = _half_width(pairs)
    if half is None:
        return Change(name, math.exp(mean), None, None, "no difference shown", higher_is_better)
    half = math.hypot(half, _cut([requests[key] for key in keys] if requests else []))
    low, high = math.exp(mean - half), math.exp(mean + half)
    return Change(name, math.exp(mean), low, high, _word(low, high, higher_is_better), higher_is_better)


def _half_width(pairs: Sequence[tuple[list[float], list[float]]]) -> float | None:
    """Half an interval of the mean difference, with the noise pooled over all levels and both sides."""
    freedom = sum(len(side) - 1 for pair in pairs for side in pair)
    if freedom < 1:
        return None
    squares = sum((value - fmean(side)) ** 2 for pair in pairs for side in pair for value in side)
    weight = sum(1 / len(side) for pair in pairs for side in pair) / len(pairs) ** 2
    return t_quantile(LEVEL, freedom) * math.sqrt(squares / freedom * weight)


def _cut(requests: Sequence[tuple[float, float]]) -> float:
    """Half an interval of the mean difference due to the edges of windows."""
    squares = sum((CUT / max(count, CUT)) ** 2 for pair in requests for count in pair)
    return NormalDist().inv_cdf(0.5 + LEVEL / 2) * math.sqrt(squares) / max(len(requests), 1)


def _word(low: float, high: float, higher_is_better: bool) -> Word:
    if low > 1 + NEGLIGIBLE:
        return "better" if higher_is_better else "worse"
    if high < 1 / (1 + NEGLIGIBLE):
        return "worse" if higher_is_better else "better"
    return "no difference shown"


def _usable(values: Sequence[float]) -> bool:
    return bool(values) and all(value > 0 and math.isfinite(value) for value in values)


def _logs(values: Sequence[float]) -> list[float]:
    return [math.log(value) for value in values]
