"""Where a table whose rows are parted by rules begins and ends: rules alone do not say it. Pure.

The edges of a coloured band or the rule of a heading may be as wide as the rules of the table below, and the
last row of many tables has no rule under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mineru_cli.embedded.geometry import Box, Row, Strips, hull, rows_of, white_strips

LEAST_STRIPS = 2
"""Minimum number of white strips between columns by which rows differ from other text."""

LEAST_ROWS = 3
"""Minimum number of rows between two rules that may be no part of the table."""

NEAR = 1.5
"""Maximum white space between a table and a further row, in line heights."""

FULL = 3
"""Minimum number of cells of a further row."""


def extent(box: Box, rules: Sequence[Box], texts: Sequence[Box]) -> Box:
    """The part of the table between its horizontal ``rules`` that has its columns, with further such rows.

    ``texts`` are the page's runs of text.
    """
    lines = sorted({rule.cy for rule in rules})
    bands = [_rows_between(a, b, box, texts) for a, b in pairwise(lines)]
    first, last = 0, len(bands)
    for number, band in enumerate(bands):
        others = [row for n, other in enumerate(bands) if n != number for row in other]
        if len(band) >= LEAST_ROWS and _is_foreign(band, _strips(others)):
            upper = number < len(bands) / 2
            first, last = (max(first, number + 1), last) if upper else (first, min(last, number))
    if last - first < LEAST_ROWS - 1:
        first, last = 0, len(bands)
    cut = Box(box.x0, lines[first], box.x1, lines[last]) if (first, last) != (0, len(bands)) else box
    strips = _strips([row for band in bands[first:last] for row in band])
    return _with_further(cut, strips, texts)


def _rows_between(top: float, bottom: float, box: Box, texts: Sequence[Box]) -> list[Row]:
    inside = [t for t in texts if top < t.cy < bottom and t.x1 > box.x0 and t.x0 < box.x1]
    return rows_of(inside)


def _strips(rows: Sequence[Row]) -> Strips:
    """White strips between the columns of all rows with several texts."""
    return white_strips(box for row in rows if len(row) > 1 for box in row)


def _crosses(row: Row, strips: Strips) -> bool:
    return any(box.x0 < a and box.x1 > b for box in row for a, b in strips)


def _is_foreign(rows: Sequence[Row], strips: Strips) -> bool:
    """Most of the rows have texts across the white between the columns."""
    return len(strips) >= LEAST_STRIPS and sum(_crosses(row, strips) for row in rows) > 0.5 * len(rows)


def _with_further(box: Box, strips: Strips, texts: Sequence[Box]) -> Box:
    """The table with rows directly above and below it that have cells in its columns."""
    if len(strips) < LEAST_STRIPS:
        return box
    outside = [t for t in texts if t.x0 > box.x0 - t.height and t.x1 < box.x1 + t.height]
    below = rows_of([t for t in outside if t.cy > box.y1])
    above = rows_of([t for t in outside if t.cy < box.y0])[::-1]
    for rows in (below, above):
        for row in rows:
            around = hull(row)
            white = max(around.y0 - box.y1, box.y0 - around.y1)
            if len(row) < FULL or white > NEAR * around.height or _crosses(row, strips):
                break
            box = box.union(around)
    return box
