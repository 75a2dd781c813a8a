"""The grid of a table without rules between its rows and columns: from the positions of its texts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mineru_cli.embedded.geometry import Box, hull
from mineru_cli.embedded.ink import Rules
from mineru_cli.embedded.table.chunks import Chunk, is_figure
from mineru_cli.embedded.table.grid import RuledGrid, slot, text_rows
from mineru_cli.embedded.table.text_rows import joined_rows, spans_by_rules


def grid_of_texts(
    chunks: Sequence[Chunk], rules: Rules, xs: tuple[float, ...], height: float, line: float
) -> RuledGrid:
    """The grid of a table without rules between its rows and columns.

    Its rows are the lines of text except those that continue the row above; a heading spans the columns that
    it overlaps and those that a rule directly below it covers.
    """
    lines = text_rows(chunks)
    slots = [frozenset(slot(xs, c.box.cx) for c in row) for row in lines]
    joined = joined_rows(lines, slots, rules.horizontal, line)
    ys, row = [0.0], 0
    open_right: set[tuple[int, int]] = set()
    for number, texts in enumerate(lines):
        if number and number not in joined:
            above, below = lines[number - 1], texts
            ys.append((max(c.box.y1 for c in above) + min(c.box.y0 for c in below)) / 2)
            row += 1
        following = min(c.box.cy for c in lines[number + 1]) if number + 1 < len(lines) else height
        for first, last in spans_by_rules(texts, following, rules.horizontal, xs, line):
            open_right |= {(row, column) for column in range(first, last)}
        for column, x in enumerate(xs[1:-1]):
            if any(c.box.x0 < x - 0.4 * line and c.box.x1 > x + 0.4 * line for c in texts):
                open_right.add((row, column))
    return RuledGrid(xs, (*ys, height), frozenset(open_right))


def column_borders(chunks: Sequence[Chunk], width: float) -> tuple[float, ...]:
    """Borders in the white space between columns of text.

    Numbers never span columns, so numbers that overlap share one. Rows with many texts then define the other
    columns; a text that overlaps several columns spans them. A single heading without texts below it belongs
    to a neighbour without a heading.
    """
    columns: list[Box] = []
    for chunk in chunks:
        if is_figure(chunk.text) and " " not in chunk.text.strip("$€£¥ "):
            columns = _with(columns, chunk.box)
    for row in sorted(text_rows(chunks), key=len, reverse=True):
        for chunk in row:
            if sum(c.overlap_x(chunk.box) > 0 for c in columns) < 2:
                columns = _with(columns, chunk.box)
    ordered = _without_lone(sorted(columns, key=lambda c: c.x0), chunks)
    middles = [(a.x1 + b.x0) / 2 for a, b in pairwise(ordered)]
    return (0.0, *middles, width)


def _with(columns: Sequence[Box], box: Box) -> list[Box]:
    """The columns, with the box and all columns that it overlaps merged into one."""
    hits = [c for c in columns if c.overlap_x(box) > 0]
    return [c for c in columns if c not in hits] + [hull([box, *hits])]


def _without_lone(columns: list[Box], chunks: Sequence[Chunk]) -> list[Box]:
    """The columns; one with a single text is merged into the nearest neighbour without a heading."""
    for column in list(columns):
        held = [c for c in chunks if c.box.overlap_x(column) > 0.5 * c.box.width]
        if len(held) != 1 or len(columns) < 3 or column not in columns:
            continue
        place = columns.index(column)
        beside = [columns[n] for n in (place - 1, place + 1) if 0 < n < len(columns)]
        headless = [
            b
            for b in beside
            if not any(c.box.overlap_x(b) > 0 and c.box.cy <= held[0].box.y1 for c in chunks)
        ]
        if headless:
            near = min(headless, key=lambda b: -b.overlap_x(column))
            columns = sorted(
                [c for c in columns if c not in (column, near)] + [hull([column, near])], key=lambda c: c.x0
            )
    return columns
