"""Grouping text lines to paragraphs by where they stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from mineru_cli.servers.embedded.geometry import Box, hull
from mineru_cli.servers.embedded.lines import TextLine

LEADING = 0.75
"""Largest gap between lines of a paragraph, in line heights."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together, top to bottom. ``region`` is the index of their layout region, or -1."""

    lines: tuple[TextLine, ...]
    region: int = -1

    @property
    def level(self) -> Box:
        """Hull on the levelled page."""
        return hull(line.level for line in self.lines)

    @property
    def box(self) -> Box:
        """Hull on the page."""
        return hull(line.box for line in self.lines)

    @property
    def height(self) -> float:
        """Typical height of its lines, pixels."""
        return median(line.height for line in self.lines)


def group(lines: Sequence[TextLine], regions: Sequence[int], walls: Sequence[Box] = ()) -> list[Paragraph]:
    """Paragraphs of the lines; ``regions`` gives each line's layout region, or -1.

    A line joins the nearest paragraph above it when they share a region, a column, a size and a leading, and
    no ruling line (``walls``) runs between them. Columns of joined lines are then cut where a line is
    indented or the line before it ends early.
    """
    columns: list[list[int]] = []
    for index in sorted(range(len(lines)), key=lambda i: lines[i].level.cy):
        best = min(
            (c for c in columns if _follows(lines, regions, c, index, walls)),
            key=lambda c: lines[index].level.y0 - lines[c[-1]].level.y1,
            default=None,
        )
        if best is None:
            columns.append([index])
        else:
            best.append(index)
    return [
        Paragraph(tuple(lines[i] for i in part), regions[part[0]])
        for column in columns
        for part in _cut(lines, column)
    ]


def _follows(
    lines: Sequence[TextLine], regions: Sequence[int], column: list[int], index: int, walls: Sequence[Box]
) -> bool:
    last, line = lines[column[-1]], lines[index]
    if regions[column[-1]] != regions[index]:
        return False
    low = min(last.height, line.height)
    if max(last.height, line.height) > 1.35 * low:
        return False
    gap = line.level.y0 - last.level.y1
    if not -0.6 * low < gap < _leading(lines, column) * low:
        return False
    if last.level.overlap_x(line.level) < 0.5 * min(last.level.width, line.level.width):
        return False
    return not any(_separates(wall, last.level, line.level) for wall in walls)


def _leading(lines: Sequence[TextLine], column: list[int]) -> float:
    """The widest gap allowed after this column's lines, in line heights: a little above the one it has."""
    if len(column) < 2:
        return LEADING
    gaps = [
        (lines[b].level.y0 - lines[a].level.y1) / min(lines[a].height, lines[b].height)
        for a, b in zip(column, column[1:], strict=False)
    ]
    return min(LEADING, median(gaps) + 0.35)


def _separates(wall: Box, above: Box, below: Box) -> bool:
    between = above.cy < wall.cy < below.cy
    return between and wall.overlap_x(above) > 0.5 * above.width and wall.overlap_x(below) > 0.5 * below.width


def _cut(lines: Sequence[TextLine], column: list[int]) -> list[list[int]]:
    """Cut a column of lines into paragraphs at indents and after lines that end early."""
    if len(column) < 2:
        return [column]
    boxes = [lines[i].level for i in column]
    left = min(b.x0 for b in boxes)
    right = max(b.x1 for b in boxes)
    width = right - left
    height = median(lines[i].height for i in column)
    indent = 1.2 * height
    ragged = sum(b.x1 < right - 0.06 * width for b in boxes) > 0.5 * len(boxes)
    parts = [[column[0]]]
    for previous, current, index in zip(boxes, boxes[1:], column[1:], strict=False):
        steps_in = current.x0 > left + indent and previous.x0 < left + indent
        ends_early = previous.x1 < right - (0.35 if ragged else 0.15) * width
        centred = abs(previous.cx - current.cx) < 0.03 * width and abs(previous.x0 - current.x0) > indent
        hangs = previous.x0 < left + indent / 2 and steps_in
        if not centred and ((steps_in and not _hanging(boxes, left, indent)) or ends_early and not hangs):
            parts.append([index])
        else:
            parts[-1].append(index)
    return parts


def _hanging(boxes: Sequence[Box], left: float, indent: float) -> bool:
    """More lines are set in than stand at the margin: a list with hanging items, not paragraphs."""
    return sum(b.x0 > left + indent for b in boxes) > 0.5 * len(boxes)
