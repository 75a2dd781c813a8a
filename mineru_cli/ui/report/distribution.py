"""Page times in one pass over sorted values: percentiles and a histogram."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mineru_cli.ui.format import counted, duration
from mineru_cli.ui.report.charts import HistogramChart, histogram
from mineru_cli.ui.report.scale import ceiling

BARS = 30


@dataclass(frozen=True, slots=True)
class PageTimes:
    """``p50``, ``p95``, ``p99`` and ``most`` in seconds, all zero if no page was read."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float
    chart: HistogramChart | None


def page_times(seconds: Iterable[float], count: int) -> PageTimes:
    """``seconds`` are sorted ascending; ``count`` may be slightly off while a run is in progress."""
    ranks = {name: _rank(share, count) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    found = dict.fromkeys(ranks, 0.0)
    steps: dict[int, int] = {}
    total, latest = 0, 0.0
    for latest in seconds:
        for name, rank in ranks.items():
            if total == rank:
                found[name] = latest
        step = int(latest * 100)
        steps[step] = steps.get(step, 0) + 1
        total += 1
    if not total:
        return PageTimes(0, 0.0, 0.0, 0.0, 0.0, None)
    found = {name: value or latest for name, value in found.items()}
    return PageTimes(total, found["p50"], found["p95"], found["p99"], latest, _chart(steps, found, latest))


def _rank(share: float, count: int) -> int:
    """Index (from 0) of the nearest-rank percentile."""
    return max(0, min(count - 1, -(-int(share * 1000) * count // 1000) - 1))


def _chart(steps: dict[int, int], marks: dict[str, float], most: float) -> HistogramChart:
    """Bars up to a little over the 99th percentile; one slow page must not squeeze all others."""
    reach = most if most <= marks["p99"] * 1.5 else marks["p99"] * 1.1
    width = max(0.01, ceiling(reach / BARS))
    bars = [0] * max(1, int(reach / width) + 1)
    beyond = 0
    for step, number in steps.items():
        bar = int(step / 100 / width)
        if bar < len(bars):
            bars[bar] += number
        else:
            beyond += number
    remark = f"{counted(beyond, 'page')} took longer, up to {duration(most)}" if beyond else ""
    return histogram(bars, width, tuple(marks.items()), remark)
