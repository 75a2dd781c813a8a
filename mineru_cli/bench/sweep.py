"""Which level to measure next, when the user does not say. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from mineru_cli.bench.plan import HIGHEST
from mineru_cli.bench.stats.knee import find_knee

GAIN = 1.1
"""Doubling that brings less than a tenth more has passed the knee."""

FLAT_STEPS = 2
AROUND = (0.75, 1.3)
"""Where to look once more, as multiples of the knee."""


def next_level(points: Sequence[tuple[int, float]], highest: int = HIGHEST) -> int | None:
    """The next concurrency for these (concurrency, pages/s) points; None when enough is known.

    Doubles until two doublings in a row bring little, then looks around the knee that shows.
    """
    if not points:
        return 1
    ordered = sorted(points)
    top = max(level for level, _ in ordered)
    if not _is_flat([(x, y) for x, y in ordered if x & (x - 1) == 0]) and top * 2 <= highest:
        return top * 2
    knee = find_knee(ordered).knee
    if knee is None:
        return None
    measured = [level for level, _ in ordered]
    for factor in AROUND:
        wanted = max(1, round(knee.concurrency * factor))
        if all(abs(wanted - level) > 0.1 * level for level in measured) and len(measured) < 16:
            return wanted
    return None


def _is_flat(doublings: Sequence[tuple[int, float]]) -> bool:
    speeds = [speed for _, speed in doublings]
    if len(speeds) <= FLAT_STEPS:
        return False
    tail = speeds[-FLAT_STEPS - 1 :]
    return all(after < GAIN * before for before, after in itertools.pairwise(tail))
