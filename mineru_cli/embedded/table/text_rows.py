"""Rows and spanning headings of a table without rules between its rows: found by the texts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.table.chunks import Chunk, is_figure
from mineru_cli.embedded.table.grid import slot

TIGHT = 0.87
"""Share of the usual distance between rows, below which two lines are one row, 0-1."""

HEADING = 1.5
"""Maximum distance between the lines of one heading, in line heights."""

Line = Sequence[Chunk]


def joined_rows(
    lines: Sequence[Line], slots: Sequence[frozenset[int]], rules: Sequence[Box], height: float
) -> set[int]:
    """Indices of the lines of text that continue the row above them.

    ``slots`` are the columns in which each line has texts, ``rules`` the table's horizontal rules.
    """
    middles = [median(c.box.cy for c in line) for line in lines]
    pitches = [b - a for a, b in pairwise(middles)]
    full = [p for p, (a, b) in zip(pitches, pairwise(slots), strict=True) if len(a) > 1 and len(b) > 1]
    usual = median(full or pitches) if pitches else 0.0
    first = first_body_line(lines, slots)
    found = set()
    for number, pitch in enumerate(pitches):
        above, below = lines[number], lines[number + 1]
        if _parted(above, below, rules):
            continue
        tight = pitch < TIGHT * usual
        if number + 1 < first:
            if pitch < HEADING * height and _wraps_heading(above, below, slots[number], slots[number + 1]):
                found.add(number + 1)
        elif _continues(above, below, slots[number], slots[number + 1], tight=tight):
            found.add(number + 1)
    return found


def first_body_line(lines: Sequence[Line], slots: Sequence[frozenset[int]]) -> int:
    """Index of the first line with a label and a number; 1 without one: the first line is the heading."""
    for number, (line, filled) in enumerate(zip(lines, slots, strict=True)):
        figures = sum(is_figure(c.text) for c in line if c is not line[0])
        if 0 in filled and len(filled) > 1 and figures >= 0.5 * (len(line) - 1):
            return number
    return 1


def _parted(above: Line, below: Line, rules: Sequence[Box]) -> bool:
    """There is a rule between both, above or below a text of each."""
    top, bottom = median(c.box.cy for c in above), median(c.box.cy for c in below)
    between = [r for r in rules if top < r.cy < bottom]
    return any(r.overlap_x(c.box) > 0 for r in between for c in above) and any(
        r.overlap_x(c.box) > 0 for r in between for c in below
    )


def _wraps_heading(above: Line, below: Line, high: frozenset[int], low: frozenset[int]) -> bool:
    """Both lines belong to the same headings: the columns of one include those of the other."""
    spans = any(sum(c.box.overlap_x(b.box) > 0 for b in below) > 1 for c in above)
    return not spans and (low <= high or high <= low)


def _continues(above: Line, below: Line, high: frozenset[int], low: frozenset[int], *, tight: bool) -> bool:
    last, first = above[0].text.rstrip(), below[0].text.lstrip()
    lower = first[:1].islower() and not (len(first) > 1 and first[1:2] in ").")
    if low == {0} and len(high) > 1:
        return lower or (tight and not first.endswith(":"))
    if high == {0} and 0 in low:
        return not last.endswith(":") and (tight or lower)
    if 0 not in low and low < high and not any(is_figure(c.text) for c in below):
        return tight or lower
    return False


def spans_by_rules(
    line: Line, following: float, rules: Sequence[Box], xs: Sequence[float], height: float
) -> list[tuple[int, int]]:
    """Columns (first, last) of the headings that a rule directly below extends over several columns.

    ``following`` is the vertical centre of the next line of text.
    """
    found = []
    for chunk in line:
        below = [
            r
            for r in rules
            if chunk.box.cy < r.cy < min(following, chunk.box.y1 + height) and r.overlap_x(chunk.box) > 0
        ]
        if not below:
            continue
        x0, x1 = min(r.x0 for r in below), max(r.x1 for r in below)
        held = [
            n
            for n, (a, b) in enumerate(pairwise(xs))
            if min(b, x1) - max(a, x0) > min(0.4 * (b - a), 3 * height)
        ]
        others = [o.box.cx for o in line if o is not chunk]
        alone = not any(x0 < x < x1 or slot(xs, x) in held for x in others)
        if len(held) > 1 and alone:
            found.append((held[0], held[-1]))
    return found
