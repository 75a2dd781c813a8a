"""How fast requests were answered in a window, from the workers' own counts. Pure.

Pages end in bunches: they begin together, and each takes many requests one after the other, so that a window
as long as two pages sees one bunch or two. The requests behind them flow evenly from the first second on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from mineru_cli.bench.measure.window import Window, weight_before

LEAST = 4
"""Looks at a worker's count inside the window, or the count says too little."""

Counts = Sequence[tuple[float, int]]
"""(moment, requests answered since the worker's start), in the order of time."""


def answered_rate(workers: Iterable[Counts], window: Window) -> float | None:
    """Requests answered a second, all workers together, weighed as ``steady_flow`` weighs pages.

    None where a worker was looked at too rarely.
    """
    rates = [_rate(counts, window) for counts in workers]
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known and len(known) == len(rates) else None


def _rate(counts: Counts, window: Window) -> float | None:
    if sum(window.holds(at) for at, _ in counts) < LEAST:
        return None
    seen = weighed = 0.0
    for (at, before), (then, after) in pairwise(counts):
        weight = weight_before(window, then) - weight_before(window, at)
        if weight <= 0.0 or then <= at:
            continue
        grown = after - before if after >= before else after  # a worker started anew counts from zero
        seen += weight
        weighed += weight * grown / (then - at)
    return weighed / seen if seen else None
