"""Charts as numbers for the template, which writes them as inline SVG.

Coordinates are in a box of 1000 x 100 units that is stretched to the page; strokes are not. It contains no
text: labels are placed outside, so that they stay readable on a narrow screen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.observe.timeline import BreakerChange
from mineru_cli.ui.report.scale import Tick, ceiling, plain, round_step, time_ticks, value_ticks
from mineru_cli.ui.report.series import Points

WIDE, HIGH = 1000.0, 100.0


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A line with its name and ``look`` (a class of the style sheet)."""

    name: str
    look: str
    points: Points


@dataclass(frozen=True, slots=True)
class Drawn:
    """A rendered line: SVG path data of the line, and of the area below it if it has one."""

    name: str
    look: str
    path: str
    area: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart over time. ``summary`` describes it in words, ``data`` is JSON for the tooltip."""

    title: str
    note: str
    summary: str
    lines: tuple[Drawn, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    data: str


@dataclass(frozen=True, slots=True)
class ChartBand:
    """A period in one state. ``left`` and ``width`` are percent."""

    state: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram. ``left``, ``width``, ``height`` are percent of the plot."""

    left: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class HistogramChart:
    """A distribution. ``marks`` are percentiles; ``beyond`` describes what lies beyond the last bar."""

    bars: tuple[Bar, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    summary: str
    beyond: str


def chart(
    title: str, note: str, unit: str, lines: Sequence[ChartLine], seconds: float, *, top: float | None = None
) -> Chart:
    """Lines over ``seconds`` on one scale from zero to ``top``, a round maximum by default."""
    top = top or ceiling(max((line.points.top for line in lines), default=0.0))
    drawn = tuple(_drawn(line, seconds, top) for line in lines)
    summary = "; ".join(filter(None, (_line_text(line, unit) for line in lines))) or "nothing was measured"
    data = {
        "unit": unit,
        "seconds": round(seconds, 3),
        "lines": [
            {
                "name": line.name,
                "at": [round(at, 2) for at in line.points.at],
                "values": [None if value is None else round(value, 3) for value in line.points.values],
            }
            for line in lines
            if line.name
        ],
    }
    return Chart(
        title, note, f"{title}: {summary}", drawn, time_ticks(seconds), value_ticks(top), json.dumps(data)
    )


def bands(changes: Sequence[BreakerChange], seconds: float) -> tuple[ChartBand, ...]:
    """A breaker's states over the run as consecutive bands; closed before the first change."""
    seconds = max(seconds, 0.001)
    marks: list[tuple[float, str]] = [(0.0, "closed"), *((change.at, change.state) for change in changes)]
    ends = [at for at, _ in marks[1:]] + [seconds]
    made = []
    for (start, state), end in zip(marks, ends, strict=True):
        start, end = min(max(start, 0.0), seconds), min(max(end, 0.0), seconds)
        if end > start:
            left = start / seconds * 100
            made.append(ChartBand(state, round(left, 3), round((end - start) / seconds * 100, 3)))
    return tuple(made)


def histogram(
    counts: Sequence[int], width: float, marks: Sequence[tuple[str, float]], beyond: str
) -> HistogramChart:
    """Bars of ``width`` seconds starting at zero; ``marks`` are names with their seconds."""
    whole = width * len(counts)
    top = ceiling(max(counts, default=0))
    share = 100 / max(len(counts), 1)
    bars = tuple(
        Bar(
            round(number * share, 3),
            round(share, 3),
            round(count / top * 100, 3),
            f"{plain(number * width)} to {plain((number + 1) * width)} s: {count:,} pages",
        )
        for number, count in enumerate(counts)
        if count
    )
    placed = tuple(Tick(round(at / whole * 100, 3), name) for name, at in marks if 0 <= at <= whole)
    summary = ", ".join(f"{name} {at:.2g} s" for name, at in marks)
    return HistogramChart(
        bars, time_axis(whole), value_ticks(top), placed, f"Distribution of page time: {summary}", beyond
    )


def time_axis(seconds: float, most: int = 6) -> tuple[Tick, ...]:
    """Ticks of an axis of short times, in seconds with as few digits as necessary."""
    step = round_step(seconds, most)
    count = int(seconds / step * (1 + 1e-9))
    return tuple(Tick(round(i * step / seconds * 100, 3), f"{plain(i * step)} s") for i in range(count + 1))


def _drawn(line: ChartLine, seconds: float, top: float) -> Drawn:
    runs = list(_runs(line.points, max(seconds, 0.001), top))
    path = "".join(_path(run) for run in runs)
    area = "".join(
        f"{_path(run)}L{run[-1][0]:.1f},{HIGH:.0f}L{run[0][0]:.1f},{HIGH:.0f}Z"
        for run in runs
        if len(run) > 1
    )
    return Drawn(line.name, line.look, path, area)


def _runs(points: Points, seconds: float, top: float) -> list[list[tuple[float, float]]]:
    """Runs of values without a gap, in units of the box."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in zip(points.at, points.values, strict=True):
        if value is None:
            runs.append([])
        else:
            height = HIGH - min(max(value / top, 0.0), 1.0) * HIGH
            runs[-1].append((min(max(at / seconds, 0.0), 1.0) * WIDE, height))
    return [run for run in runs if run]


def _path(run: Sequence[tuple[float, float]]) -> str:
    """A single point becomes a short dash, so that it is visible."""
    if len(run) == 1:
        return f"M{run[0][0] - 1.5:.1f},{run[0][1]:.1f}h3"
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in run)


def _line_text(line: ChartLine, unit: str) -> str:
    mean = line.points.mean
    if mean is None or not line.name:
        return ""
    return (
        f"{line.name} {plain(round(mean, 2))} {unit} on average, at most {plain(round(line.points.top, 2))}"
    )
