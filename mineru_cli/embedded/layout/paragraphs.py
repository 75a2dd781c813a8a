"""Grouping of text lines into paragraphs by position and appearance. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median

from mineru_cli.embedded.geometry import Box, hull
from mineru_cli.embedded.text.lines import TextLine

SIZE_RATIO = 1.35
"""Lines whose heights differ by more belong to different paragraphs."""

SHORT_RATIO = 1.8
"""The same where one line is too short for a reliable height."""

STROKE_RATIO = 1.3
"""Lines whose stroke widths differ by more than this factor: one is bold, the other is not."""

LOOSER = 0.35
"""How much a gap within a paragraph may exceed the usual one, in line heights."""

WIDE_GAP, WIDEST_GAP = 1.2, 2.0
"""Maximum gap between the lines of a paragraph, in line heights; the second on a double-spaced page."""

EVEN_LINES, EVEN_GAP = 8, 0.15
"""A page is double-spaced if at least this many gaps differ by less than this, in line heights."""

EARLY_SHARE = 0.6
"""In a column with a larger share of early line ends (address, poem, code) they are not evidence, 0-1."""

SHORT = 0.75
"""Share of a column's width that all lines of an address or a signature stay below, 0-1."""

CLEAR = 2.0
"""Minimum distance of a widened paragraph from the next block on the right, in line heights."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Appearance of one line.

    ``kind`` is the layout network's label at its position ("body" for text), ``stroke`` its stroke width and
    ``first_word`` the width of its first word, both in pixels; ``item`` is set when it begins a list item.
    """

    kind: str = "body"
    stroke: float = 0.0
    first_word: float = 0.0
    item: bool = False


@dataclass(frozen=True)
class TextParagraph:
    """Lines that belong together, from top to bottom, and their common properties."""

    lines: tuple[TextLine, ...]
    kind: str = "body"
    stroke: float = 0.0
    item: bool = False
    column: int = 0

    @cached_property
    def level(self) -> Box:
        """Hull on the levelled page."""
        return hull(line.level for line in self.lines)

    @cached_property
    def box(self) -> Box:
        """Hull on the page."""
        return hull(line.box for line in self.lines)

    @cached_property
    def height(self) -> float:
        """Typical height of its lines, in pixels."""
        return median(line.height for line in self.lines)


def group(
    lines: Sequence[TextLine], traits: Sequence[Traits], walls: Sequence[Box] = ()
) -> list[TextParagraph]:
    """The paragraphs of the lines, from top to bottom. ``walls`` are ruling lines that no paragraph crosses.

    A line joins the nearest column of lines above it with a matching position, size and weight. Columns are
    then split into paragraphs where a list item begins, a line is indented, or the line before ends so early
    that the next word would have fitted.
    """
    usual = usual_gap(lines)
    columns: list[list[int]] = []
    for index in sorted(range(len(lines)), key=lambda i: lines[i].level.cy):
        fitting = [c for c in columns if _follows(lines, traits, c, index, usual, walls)]
        if fitting:
            max(fitting, key=lambda c: lines[c[-1]].level.y1).append(index)
        else:
            columns.append([index])
    return [
        _paragraph(lines, traits, part, number)
        for number, column in enumerate(columns)
        for part in cut(lines, traits, column)
    ]


def group_right_to_left(
    lines: Sequence[TextLine], traits: Sequence[Traits], walls: Sequence[Box] = ()
) -> list[TextParagraph]:
    """``group`` for text written from right to left: lines begin at their right end."""
    mirrored = [replace(line, level=_mirrored(line.level)) for line in lines]
    original = {id(image): line for image, line in zip(mirrored, lines, strict=True)}
    found = group(mirrored, traits, [_mirrored(wall) for wall in walls])
    return [replace(p, lines=tuple(original[id(line)] for line in p.lines)) for p in found]


def _mirrored(box: Box) -> Box:
    return Box(-box.x1, box.y0, -box.x0, box.y1)


def _paragraph(
    lines: Sequence[TextLine], traits: Sequence[Traits], part: list[int], column: int
) -> TextParagraph:
    return TextParagraph(
        tuple(lines[i] for i in part),
        traits[part[0]].kind,
        median(traits[i].stroke for i in part),
        traits[part[0]].item,
        column,
    )


def usual_gap(lines: Sequence[TextLine]) -> float:
    """The page's usual gap between a line and the next one below it, in line heights.

    At most ``WIDE_GAP``, except on a double-spaced page.
    """
    gaps = []
    for line in lines:
        below = [
            other.level.y0 - line.level.y1
            for other in lines
            if other.level.cy > line.level.y1
            and other.level.overlap_x(line.level) > 0.5 * min(other.level.width, line.level.width)
        ]
        if below:
            gaps.append(min(below) / line.height)
    close = [gap for gap in gaps if gap < WIDEST_GAP]
    if not close:
        return 0.3
    usual = max(0.0, median(close))
    even = sum(abs(gap - usual) < EVEN_GAP for gap in close)
    typed = len(close) >= EVEN_LINES and even > 0.8 * len(close)
    return usual if typed else min(WIDE_GAP, usual)


def _follows(
    lines: Sequence[TextLine],
    traits: Sequence[Traits],
    column: list[int],
    index: int,
    usual: float,
    walls: Sequence[Box],
) -> bool:
    last, line = lines[column[-1]], lines[index]
    low = min(last.height, line.height)
    tall = max(last.height, line.height)
    ratio = SIZE_RATIO if min(last.level.width, line.level.width) > 3 * tall else SHORT_RATIO
    if traits[column[-1]].kind != traits[index].kind or tall > ratio * low:
        return False
    if _weights_differ(lines, traits, column[-1], index):
        return False
    gap = line.level.y0 - last.level.y1
    if not -0.6 * low < gap < _allowed(lines, column, usual) * low:
        return False
    if not _same_column(last.level, line.level, low):
        return False
    return not any(_separates(wall, last.level, line.level) for wall in walls)


def _weights_differ(lines: Sequence[TextLine], traits: Sequence[Traits], a: int, b: int) -> bool:
    """One line is bold and the other is not; False for short lines, whose strokes are not reliable."""
    if min(lines[a].level.width / lines[a].height, lines[b].level.width / lines[b].height) < 4:
        return False
    thin, thick = sorted((traits[a].stroke, traits[b].stroke))
    return thin > 0 and thick > STROKE_RATIO * thin


def _allowed(lines: Sequence[TextLine], column: list[int], usual: float) -> float:
    """The maximum gap after this column's lines, in line heights."""
    if len(column) < 2:
        return usual + LOOSER
    gaps = [
        (lines[b].level.y0 - lines[a].level.y1) / min(lines[a].height, lines[b].height)
        for a, b in itertools.pairwise(column)
    ]
    return median(gaps) + LOOSER


def _same_column(last: Box, line: Box, height: float) -> bool:
    """They overlap by half of the narrower width, or begin near one another (an outdented last word)."""
    return last.overlap_x(line) > 0.5 * min(last.width, line.width) or -4 * height < line.x0 - last.x0 < 0


def _separates(wall: Box, above: Box, below: Box) -> bool:
    between = above.cy < wall.cy < below.cy
    return between and wall.overlap_x(above) > 0.5 * above.width and wall.overlap_x(below) > 0.5 * below.width


def cut(lines: Sequence[TextLine], traits: Sequence[Traits], column: list[int]) -> list[list[int]]:
    """Split a column of lines into paragraphs."""
    if len(column) < 2 or traits[column[0]].kind != "body":
        return [column]
    boxes = [lines[i].level for i in column]
    left, right = min(b.x0 for b in boxes), max(b.x1 for b in boxes)
    height = median(lines[i].height for i in column)
    ends = [right - b.x1 for b in boxes[:-1]]
    ragged = sum(end > height for end in ends) > 0.5 * len(ends)
    room = max(0.8 * height, 0.06 * (right - left)) if ragged else 0.8 * height
    early = [end > traits[i].first_word + room for end, i in zip(ends, column[1:], strict=True)]
    items = sum(traits[i].item for i in column)
    verse = items > 1 or sum(early) > EARLY_SHARE * len(early)
    set_in = [b.x0 > left + 0.8 * height for b in boxes]
    hanging = _hangs(set_in, early)
    parts = [[column[0]]]
    for n, index in enumerate(column[1:]):
        indented = set_in[n + 1] and not set_in[n] and not hanging and not items
        centred = abs(boxes[n].cx - boxes[n + 1].cx) < 0.5 * height and set_in[n] != set_in[n + 1]
        opens = traits[index].item or (not verse and not centred and (early[n] or indented))
        if opens:
            parts.append([index])
        else:
            parts[-1].append(index)
    return parts


def _hangs(set_in: Sequence[bool], early: Sequence[bool]) -> bool:
    """The column has hanging indents: items begin at the margin and continue indented, like references.

    With hanging indents the line before an indented one is full, and the last line before a new item ends
    early.
    """
    steps = list(zip(set_in, set_in[1:], early, strict=False))
    into = [not ended for a, b, ended in steps if not a and b]
    out = [ended for a, b, ended in steps if a and not b]
    return (
        bool(into)
        and sum(into) > 0.5 * len(into)
        and sum(out) >= 0.5 * len(out)
        and sum(set_in) >= 0.3 * len(set_in)
    )


def with_measure(
    paragraph: TextParagraph, paragraphs: Sequence[TextParagraph], visuals: Sequence[Box]
) -> Box:
    """The paragraph's box, widened to its column's full lines (the measure) where all its lines end early.

    Its crop then has the white space that shows that line breaks are intended, as in an address.
    """
    box = paragraph.box
    right = _right_edge(paragraph, paragraphs, visuals)
    if len(paragraph.lines) < 2 or box.x1 > box.x0 + SHORT * (right - box.x0):
        return box
    return Box(box.x0, box.y0, right, box.y1)


def _right_edge(
    paragraph: TextParagraph, paragraphs: Sequence[TextParagraph], visuals: Sequence[Box]
) -> float:
    """The right edge of its column's lines, limited by the next block on the right."""
    box, level = paragraph.box, paragraph.level
    column = [
        p.box.x1 for p in paragraphs if p.level.overlap_x(level) > 0.5 * level.width and len(p.lines) > 1
    ]
    edge = max([box.x1, *column])
    beside = [p.box for p in paragraphs if p is not paragraph] + list(visuals)
    walls = [b.x0 for b in beside if b.x0 >= box.x1 and b.overlap_y(box) > 0]
    return max(box.x1, min([edge, *(x - CLEAR * paragraph.height for x in walls)]))
