"""Text lines from detected runs: skew, and fragments joined to lines. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from statistics import median

from mineru_cli.embedded.geometry import Box, LineBox, Skew, hull

COUNTER_GAP, NEAR_COUNTER = 5.0, 2.5

LEADER_GAP, LED = 4.0, 7.0
"""Line heights of white behind dots that lead to a number, and the width of that number, at most."""


@dataclass(frozen=True)
class TextLine:
    """One text line: its fragments from left to right, its box on the levelled page and on the page."""

    parts: tuple[LineBox, ...]
    level: Box
    box: Box

    @cached_property
    def height(self) -> float:
        """Height of the line from ascenders to descenders, in pixels."""
        return median(part.tight for part in self.parts)


def find_skew(lines: Sequence[LineBox]) -> Skew:
    """The common slope of the long lines; 0 when they are few or disagree."""
    slopes = sorted(math.tan(math.radians(n.angle)) for n in lines if n.width > 8 * n.height)
    if len(slopes) < 3:
        return Skew()
    middle = slopes[len(slopes) // 4 : -(len(slopes) // 4) or None]
    spread = middle[-1] - middle[0]
    slope = median(middle)
    return Skew(slope) if abs(slope) > 0.001 and spread < 0.03 else Skew()


def text_line(parts: Sequence[LineBox], skew: Skew) -> TextLine:
    """One line of fragments side by side."""
    ordered = tuple(sorted(parts, key=lambda p: p.cx))
    return TextLine(ordered, hull(skew.level(p) for p in ordered), hull(p.tight_box for p in ordered))


def join_fragments(
    fragments: Sequence[LineBox],
    skew: Skew,
    *,
    gap: float,
    walls: Sequence[Box] = (),
    is_counter: Callable[[LineBox], bool] = lambda _: False,
    is_leader: Callable[[LineBox], bool] = lambda _: False,
    is_led: Callable[[Box, Box], bool] = lambda _a, _b: False,
    dots: Collection[LineBox] = (),
) -> list[TextLine]:
    """The lines that the fragments form: neighbours in one row with gaps below ``gap`` line heights.

    ``walls`` are vertical strips (gutters, rules) that no line crosses. ``is_counter`` is called for short
    fragments: a section number or a bullet may be ``COUNTER_GAP`` line heights before its text.
    ``is_leader`` is called for fragments before a short one: do they end in dot leaders? ``is_led`` is called
    for neighbours in a row that are further apart: do drawn leaders fill the gap? ``dots`` are the fragments
    that begin with leaders, and so continue what stands on their left.
    """
    rows: list[list[LineBox]] = []
    ends: list[Box] = []
    boxes = [skew.level(f) for f in fragments]
    for fragment, box in sorted(zip(fragments, boxes, strict=True), key=lambda pair: pair[1].x0):
        for number, (row, last) in enumerate(zip(rows, ends, strict=True)):
            if not _continues(last, box, inf):
                continue
            near = (
                _continues(last, box, gap)
                or (
                    len(row) == 1
                    and last.width < 4 * last.height
                    and _continues(last, box, COUNTER_GAP)
                    and _opens_a_row(last, box.x0 - last.x1, boxes)
                    and is_counter(row[0])
                )
                or (box.width < LED * box.height and _continues(last, box, LEADER_GAP) and is_leader(row[-1]))
                or (fragment in dots and _continues(last, box, LEADER_GAP))
                or is_led(last, box)
            )
            if near and not _walled(last, box, walls):
                row.append(fragment)
                ends[number] = box
                break
        else:
            rows.append([fragment])
            ends.append(box)
    lines = [text_line(row, skew) for row in rows]
    return sorted(lines, key=lambda n: (n.level.y0, n.level.x0))


def _opens_a_row(last: Box, gap: float, boxes: Sequence[Box]) -> bool:
    """Nothing stands on its left, or that is further away than the text on its right.

    If that is far as well, lines of text begin below or above it. A price or a page number ends its row.
    """
    row = [b for b in boxes if b.x1 < last.x0 and b.shares_row(last)]
    if not row:
        return True
    aligned = any(abs(b.x0 - last.x0) < 0.5 * last.height and b.width > LED * last.height for b in boxes)
    return min(last.x0 - b.x1 for b in row) > gap and (aligned or gap < NEAR_COUNTER * last.height)


def without_nested(fragments: Sequence[LineBox]) -> list[LineBox]:
    """The fragments that are not inside a longer one."""
    return [
        f
        for f in fragments
        if not any(o.width > 1.5 * f.width and f.tight_box.share_in(o.box) > 0.8 for o in fragments)
    ]


def _continues(last: Box, box: Box, gap: float) -> bool:
    low = min(last.height, box.height)
    same_row = last.overlap_y(box) > 0.55 * low and max(last.height, box.height) < 2.2 * low
    return same_row and box.x0 - last.x1 < gap * low and box.x0 > last.x0 + 0.3 * (last.x1 - last.x0)


def _walled(last: Box, box: Box, walls: Sequence[Box]) -> bool:
    return any(
        last.x1 - 2 <= wall.cx <= box.x0 + 2 and wall.overlap_y(last) > 0.5 * last.height for wall in walls
    )


def in_rows(lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines from top to bottom, and within a row from left to right."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda n: n.level.cy):
        if rows and line.level.shares_row(rows[-1][0].level):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda n: n.level.x0)]
