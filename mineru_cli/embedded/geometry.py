"""Boxes and text lines on a page, in pixels, origin top left. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

Strips = list[tuple[float, float]]
"""Vertical strips, such as the white space between columns: left and right edges, from left to right."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle: ``x0 <= x1`` and ``y0 <= y1``."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Pixels."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Pixels."""
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        """Square pixels."""
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def cx(self) -> float:
        """Horizontal centre."""
        return (self.x0 + self.x1) / 2

    @property
    def cy(self) -> float:
        """Vertical centre."""
        return (self.y0 + self.y1) / 2

    def overlap_x(self, other: Box) -> float:
        """Width of the common x range in pixels; the negative distance if there is a gap."""
        return min(self.x1, other.x1) - max(self.x0, other.x0)

    def overlap_y(self, other: Box) -> float:
        """Height of the common y range in pixels; the negative distance if there is a gap."""
        return min(self.y1, other.y1) - max(self.y0, other.y0)

    def intersection(self, other: Box) -> float:
        """Common area in square pixels."""
        across = self.overlap_x(other)
        return across * max(0.0, self.overlap_y(other)) if across > 0 else 0.0

    def share_in(self, other: Box) -> float:
        """Share of this box's area that lies inside ``other``, 0-1."""
        return self.intersection(other) / self.area if self.area > 0 else 0.0

    def shares_row(self, other: Box) -> bool:
        """The common y range is more than half of the lower one's height."""
        return self.overlap_y(other) > 0.5 * min(self.height, other.height)

    def union(self, other: Box) -> Box:
        """The smallest box that contains both."""
        return Box(
            min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1)
        )

    def grown(self, dx: float, dy: float) -> Box:
        """The box with ``dx`` pixels added on the left and right and ``dy`` above and below."""
        return Box(self.x0 - dx, self.y0 - dy, self.x1 + dx, self.y1 + dy)

    def clipped(self, width: float, height: float) -> Box:
        """The box limited to a page of this size."""
        return Box(
            min(max(self.x0, 0.0), width),
            min(max(self.y0, 0.0), height),
            min(max(self.x1, 0.0), width),
            min(max(self.y1, 0.0), height),
        )

    def pixels(self, width: float, height: float) -> tuple[slice, slice]:
        """The rows and columns of a picture of this size that lie in the box."""
        inside = self.clipped(width, height)
        return slice(int(inside.y0), round(inside.y1)), slice(int(inside.x0), round(inside.x1))

    def scaled(self, sx: float, sy: float) -> Box:
        """The box on a page scaled by these factors."""
        return Box(self.x0 * sx, self.y0 * sy, self.x1 * sx, self.y1 * sy)

    def shifted(self, dx: float, dy: float) -> Box:
        """The box moved by ``dx`` and ``dy`` pixels."""
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)


Row = list[Box]


def hull(boxes: Iterable[Box]) -> Box:
    """The smallest box that contains all of them; at least one is required."""
    x0, y0, x1, y1 = zip(*((box.x0, box.y0, box.x1, box.y1) for box in boxes), strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def without_inner(boxes: Sequence[Box]) -> list[Box]:
    """The boxes, largest first, without those that lie mostly inside a larger one."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda b: -b.area):
        if not any(box.share_in(larger) > 0.5 for larger in kept):
            kept.append(box)
    return kept


def rows_of(boxes: Sequence[Box]) -> list[Row]:
    """Rows of boxes side by side: rows from top to bottom, boxes from left to right."""
    rows: list[Row] = []
    for box in sorted(boxes, key=lambda b: b.cy):
        if rows and box.shares_row(rows[-1][-1]):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda b: b.x0) for row in rows]


def white_strips(boxes: Iterable[Box]) -> Strips:
    """The strips from top to bottom that no box touches, between the leftmost box and the rightmost."""
    spans = sorted((box.x0, box.x1) for box in boxes)
    strips, end = [], spans[0][1] if spans else 0.0
    for x0, x1 in spans[1:]:
        if x0 > end:
            strips.append((end, x0))
        end = max(end, x1)
    return strips


@dataclass(frozen=True)
class LineBox:
    """A detected text run: a rectangle that may be rotated.

    ``width`` is measured along the text's direction, ``angle`` is that direction in degrees, clockwise on the
    screen, within -45 to 45. ``height`` includes the margin above and below that recognisers expect;
    ``tight`` is the height from ascenders to descenders. ``score`` is the detector's confidence, 0-1.
    """

    cx: float
    cy: float
    width: float
    height: float
    angle: float = 0.0
    score: float = 1.0
    tight: float = 0.0

    def __post_init__(self) -> None:
        if not self.tight:
            object.__setattr__(self, "tight", 0.7 * self.height)

    @property
    def upright(self) -> bool:
        """False for lines that are much taller than wide: their text is vertical."""
        return self.height < 1.5 * self.width

    @cached_property
    def box(self) -> Box:
        """The axis-aligned hull with margins."""
        return self._hull(self.height)

    @cached_property
    def tight_box(self) -> Box:
        """The axis-aligned hull of the letters."""
        return self._hull(self.tight)

    def _hull(self, height: float) -> Box:
        turn = math.radians(self.angle)
        c, s = abs(math.cos(turn)), abs(math.sin(turn))
        half_w = (self.width * c + height * s) / 2
        half_h = (self.width * s + height * c) / 2
        return Box(self.cx - half_w, self.cy - half_h, self.cx + half_w, self.cy + half_h)

    def scaled(self, sx: float, sy: float) -> LineBox:
        """The line on an image scaled by these factors (exact for angles near 0)."""
        return replace(
            self,
            cx=self.cx * sx,
            cy=self.cy * sy,
            width=self.width * sx,
            height=self.height * sy,
            tight=self.tight * sy,
            angle=math.degrees(math.atan(math.tan(math.radians(self.angle)) * sy / sx)),
        )


@dataclass(frozen=True, slots=True)
class Skew:
    """A small rotation of a whole page: ``slope`` is how far lines fall per pixel to the right, in pixels."""

    slope: float = 0.0

    def level(self, line: LineBox) -> Box:
        """The line's tight box after the page's skew is removed around its left edge."""
        cy = line.cy - self.slope * line.cx
        cx = line.cx + self.slope * line.cy
        return Box(cx - line.width / 2, cy - line.tight / 2, cx + line.width / 2, cy + line.tight / 2)

    def level_box(self, box: Box) -> Box:
        """An axis-aligned box, moved like its centre when the skew is removed."""
        return box.shifted(self.slope * box.cy, -self.slope * box.cx)
