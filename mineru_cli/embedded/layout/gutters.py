"""White strips between columns of prose, also narrow ones. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import Box

LEAST_ROWS = 5
WIDE = 8.0
"""Minimum width of most lines on both sides, in line heights: tables and lists have shorter ones."""

WIDEST = 8.0
"""Line heights of white space up to the next column where a line ends early, at most."""

NARROWEST = 3.0
"""Minimum width in pixels that all gaps of a gutter share."""


@dataclass(frozen=True, slots=True)
class _Gap:
    left: Box
    right: Box

    @property
    def middle(self) -> float:
        return (self.left.x1 + self.right.x0) / 2


def find_gutters(boxes: Sequence[Box]) -> list[Box]:
    """Vertical strips of zero width, one per range of rows that a gutter passes through.

    ``boxes`` are the levelled fragments of lines. Gaps between neighbours in a row form a gutter when five or
    more of them share a white strip, there is prose on both sides, and no line crosses the strip.
    """
    gaps = sorted(_gaps(boxes), key=lambda g: g.middle)
    strips: list[list[_Gap]] = []
    for gap in gaps:
        if strips and _width([*strips[-1], gap]) >= NARROWEST:
            strips[-1].append(gap)
        else:
            strips.append([gap])
    return [wall for strip in strips for wall in _walls(strip, boxes)]


def _gaps(boxes: Sequence[Box]) -> list[_Gap]:
    """The gap between each box and the nearest one on its right in the same row."""
    found = []
    for a in boxes:
        beside = [b for b in boxes if b.x0 >= a.x1 - 1 and a.shares_row(b)]
        if beside:
            b = min(beside, key=lambda box: box.x0)
            if b.x0 - a.x1 < WIDEST * a.height:
                found.append(_Gap(a, b))
    return found


def _width(gaps: Sequence[_Gap]) -> float:
    """Width of the white strip that all gaps share."""
    return min(g.right.x0 for g in gaps) - max(g.left.x1 for g in gaps)


def _walls(gaps: Sequence[_Gap], boxes: Sequence[Box]) -> list[Box]:
    x = (max(g.left.x1 for g in gaps) + min(g.right.x0 for g in gaps)) / 2
    stretches: list[list[_Gap]] = []
    for gap in sorted(gaps, key=lambda g: g.left.cy):
        if stretches and not _crossed(x, stretches[-1][-1], gap, boxes):
            stretches[-1].append(gap)
        else:
            stretches.append([gap])
    return [
        Box(x, min(g.left.y0 for g in s), x, max(g.left.y1 for g in s)) for s in stretches if _parts_prose(s)
    ]


def _crossed(x: float, above: _Gap, below: _Gap, boxes: Sequence[Box]) -> bool:
    return any(
        above.left.cy < b.cy < below.left.cy and b.x0 < x - NARROWEST and b.x1 > x + NARROWEST for b in boxes
    )


def _parts_prose(gaps: Sequence[_Gap]) -> bool:
    """There are enough rows, close to one another and wide on both sides."""
    if len(gaps) < LEAST_ROWS:
        return False
    height = median(g.left.height for g in gaps)
    close = sum(b.left.cy - a.left.cy < 3 * height for a, b in pairwise(gaps)) >= LEAST_ROWS - 1
    narrower = min(median(g.left.width for g in gaps), median(g.right.width for g in gaps))
    return close and narrower > WIDE * height
