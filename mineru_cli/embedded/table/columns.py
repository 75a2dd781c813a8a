"""Columns of text that nobody ruled: runs of rows whose texts stand below one another. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

from mineru_cli.embedded.geometry import Box, hull

Row = list[Box]

LEAST_ROWS = 3
LEAST_COLUMNS = 3
"""Two columns side by side are prose more often than a table: without rules, three are asked for."""


def rows_of(boxes: Sequence[Box]) -> list[Row]:
    """Boxes that stand side by side, rows top to bottom, left to right within a row."""
    rows: list[Row] = []
    for box in sorted(boxes, key=lambda b: b.cy):
        if rows and box.overlap_y(rows[-1][-1]) > 0.5 * min(box.height, rows[-1][-1].height):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda b: b.x0) for row in rows]


def aligned_runs(boxes: Sequence[Box], height: float) -> list[Box]:
    """Hulls of runs of consecutive rows that share at least three columns of short texts.

    ``height`` is the typical height of a line, pixels.
    """
    runs: list[Box] = []
    current: list[Row] = []
    for row in rows_of(boxes):
        joined = bool(current) and row[0].y0 - hull(current[-1]).y1 < 2.5 * height
        if joined and _fits(row, current):
            current.append(row)
            continue
        runs += _kept(current)
        current = [row] if _is_tabular(row, height) else []
    return runs + _kept(current)


def _is_tabular(row: Row, height: float) -> bool:
    """Three texts or more, apart from one another."""
    gaps = [b.x0 - a.x1 for a, b in itertools.pairwise(row)]
    return sum(gap > 1.5 * height for gap in gaps) >= LEAST_COLUMNS - 1


def _fits(row: Row, run: Sequence[Row]) -> bool:
    """Each text of the row stands in one column of the run, and there are two at least, or it is its last."""
    columns = _columns(run)
    hits = [_column(box, columns) for box in row]
    return len(row) >= 2 and all(h >= 0 for h in hits) and len(set(hits)) == len(row)


def _columns(run: Sequence[Row]) -> list[Box]:
    """Ranges of x of the run's columns, those of its fullest row widened by the others."""
    fullest = max(run, key=len)
    columns = list(fullest)
    for row in run:
        for box in row:
            index = _column(box, columns)
            if index >= 0:
                columns[index] = columns[index].union(box)
    return columns


def _column(box: Box, columns: Sequence[Box]) -> int:
    """Index of the only column that the box overlaps, -1 for none or several."""
    hits = [i for i, column in enumerate(columns) if box.overlap_x(column) > 0]
    return hits[0] if len(hits) == 1 else -1


def _kept(run: Sequence[Row]) -> list[Box]:
    if len(run) < LEAST_ROWS or sum(len(r) >= LEAST_COLUMNS for r in run) < LEAST_ROWS:
        return []
    columns = _columns(run)
    filled = [
        median(b.width for row in run for b in row if _column(b, columns) == i) / c.width
        for i, c in enumerate(columns)
        if any(_column(b, columns) == i for row in run for b in row)
    ]
    prose = all(share > 0.8 for share in filled) and len(run) > 6 and median(c.width for c in columns) > 150
    return [] if prose else [hull(box for row in run for box in row)]
