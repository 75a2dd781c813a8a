"""XY charts as numbers for a template: lines, dots, vertical marks. Pure.

Unlike charts over time these are not stretched: everything is in units of a fixed box, text included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from mineru_cli.ui.report.scale import ceiling, plain, round_step

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 16, 44


@dataclass(frozen=True, slots=True)
class Curve:
    """Named points (x, y). ``look`` is a class of the style sheet; ``labels`` are placed at the points."""

    name: str
    look: str
    points: Sequence[tuple[float, float]]
    labels: Sequence[str] = ()
    line: bool = True
    dots: bool = True


@dataclass(frozen=True, slots=True)
class Dot:
    """A point in the box with its tooltip."""

    x: float
    y: float
    title: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """A curve in the box: SVG path data and dots."""

    name: str
    look: str
    path: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick, or a vertical line: its place in the box and its text."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class XYChart:
    """A whole chart. ``summary`` describes it in words."""

    title: str
    x_title: str
    y_title: str
    summary: str
    curves: tuple[DrawnCurve, ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    marks: tuple[Mark, ...] = ()
    bars: tuple[tuple[float, float, float, float, str], ...] = field(default=())

    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
    width, height = WIDTH, HEIGHT


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``low`` to ``high``; logarithmic to the base 2 if ``log``."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Position of a value, 0 to 1."""
        low, high = self.low, self.high
        if self.log:
            value, low, high = math.log2(max(value, 1e-9)), math.log2(low), math.log2(high)
        return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5

    def x(self, value: float) -> float:
        """In the box, from the left."""
        return round(LEFT + self.share(value) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """In the box, from the top."""
        return round(HEIGHT - BOTTOM - self.share(value) * (HEIGHT - TOP - BOTTOM), 1)


def xy_chart(
    title: str,
    titles: tuple[str, str],
    curves: Sequence[Curve],
    *,
    summary: str,
    log_x: bool = False,
    log_y: bool = False,
    over_time: bool = False,
    marks: Sequence[tuple[float, str]] = (),
) -> XYChart:
    """Curves over one x axis. Logarithms are to the base 2.

    The x axis begins at zero (at the first value when logarithmic) and ends at a round number (at the last
    value when logarithmic or ``over_time``).
    """
    xs = [x for curve in curves for x, _ in curve.points] or [1.0]
    ys = [y for curve in curves for _, y in curve.points] or [1.0]
    across = Axis(min(xs) if log_x else 0.0, max(xs) if log_x or over_time else ceiling(max(xs)), log_x)
    up = _doubling(ys) if log_y else Axis(0.0, ceiling(max(ys)))
    levels = _doublings(up) if log_y else [up.high * part / 4 for part in range(5)]
    ticks = sorted(set(xs)) if log_x else _round_ticks(across.high)
    return XYChart(
        title,
        *titles,
        summary,
        tuple(_drawn(curve, across, up) for curve in curves),
        tuple(Mark(across.x(value), plain(value)) for value in _thinned(ticks, across)),
        tuple(Mark(up.y(level), plain(level)) for level in levels),
        tuple(Mark(across.x(at), text) for at, text in marks),
    )


def _doubling(values: Sequence[float]) -> Axis:
    """A logarithmic axis between powers of two; values of zero or less lie at its start."""
    positive = [value for value in values if value > 0] or [1.0]
    low, high = math.floor(math.log2(min(positive))), math.ceil(math.log2(max(positive)))
    return Axis(2.0**low, 2.0 ** max(high, low + 1), log=True)


def _doublings(axis: Axis, most: int = 6) -> list[float]:
    """Powers of two over the axis, few enough that their labels do not overlap."""
    count = round(math.log2(axis.high / axis.low))
    step = -(-count // most)
    return [axis.low * 2.0**number for number in range(0, count + 1, step)]


def distribution(
    title: str, values: Sequence[float], marks: Sequence[tuple[float, str]], bins: int
) -> XYChart:
    """How often each duration occurred; ``values`` in seconds."""
    top = ceiling(max(values, default=1.0))
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int(value / top * bins))] += 1
    across, up = Axis(0.0, top), Axis(0.0, ceiling(max(counts, default=1)))
    width = (across.x(top) - across.x(0)) / bins
    bars = tuple(
        (
            round(across.x(0) + number * width, 1), up.y(count), round(width, 1),
            round(up.y(0) - up.y(count), 1),
            f"{plain(number * top / bins)} to {plain((number + 1) * top / bins)} s: {count} pages",
        )
        for number, count in enumerate(counts) if count
    )  # fmt: skip
    summary = ", ".join(f"{name} {value:.2f} s" for value, name in marks)
    return XYChart(
        title, "seconds per page", "pages", f"{len(values)} pages: {summary}", (),
        tuple(Mark(across.x(at), plain(at)) for at in _round_ticks(top)),
        tuple(Mark(up.y(up.high * part / 2), plain(up.high * part / 2)) for part in range(3)),
        tuple(Mark(across.x(at), text) for at, text in marks), bars,
    )  # fmt: skip


def _drawn(curve: Curve, across: Axis, up: Axis) -> DrawnCurve:
    places = [(across.x(x), up.y(y)) for x, y in curve.points]
    path = "M" + "L".join(f"{x},{y}" for x, y in places) if curve.line and places else ""
    dots = tuple(
        Dot(
            *place,
            f"{curve.name}: {plain(round(x, 3))}, {plain(round(y, 3))}",
            curve.labels[number] if curve.labels else "",
        )
        for number, (place, (x, y)) in enumerate(zip(places, curve.points, strict=True))
    )
    return DrawnCurve(curve.name, curve.look, path, dots if curve.dots else ())


def _round_ticks(high: float, most: int = 6) -> list[float]:
    """Ticks from zero in round steps."""
    step = round_step(high, most)
    return [number * step for number in range(int(high / step * (1 + 1e-9)) + 1)]


def _thinned(ticks: Sequence[float], axis: Axis, apart: float = 26.0) -> list[float]:
    """Drop ticks until labels do not overlap."""
    kept: list[float] = []
    for tick in ticks:
        if not kept or axis.x(tick) - axis.x(kept[-1]) >= apart:
            kept.append(tick)
    return kept
