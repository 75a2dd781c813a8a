"""Tables without rules: runs of rows whose texts are aligned in columns. Pure.

A run grows row by row while white strips remain between the columns of all its rows. It counts as a table if
it has columns of aligned numbers, or short cells that are aligned at the left. Prose in columns, tables of
contents, lists, addresses and mathematics are rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import Box, Row, Strips, hull, rows_of, white_strips
from mineru_cli.embedded.table.proof import LEADERS, TableBody, is_table

Read = Callable[[Box], str]

STRIP = 0.35
"""White space between two columns, in line heights. Text runs are a little wider than their letters."""

NEAR = 2.8
"""Maximum white space between two rows of a table, in line heights."""

MOST_SINGLE = 3
"""Maximum number of consecutive rows with a single text (group headings, wrapped labels) inside a table."""

HEADS = 3
"""Maximum number of heading rows above the first full row."""

PROSE_WIDTH, PROSE_LINES = 13.0, 3
"""Minimum width of lines of prose in line heights, and how many of them make a paragraph."""

SAME_PITCH = 0.2
"""Share of the distance of a paragraph's lines by which that of its last line may differ."""

STRAY = 0.4
"""Texts at the side of a table per row, below which they belong to the prose there."""

HEADED = 1.5
"""Line heights of white between a heading and its paragraph, at most."""

FULL = 0.8
"""Share of a paragraph's widest line that most of its lines fill, 0-1."""


@dataclass(slots=True)
class _RowRun:
    """The rows of a growing table, and those of them with several texts."""

    rows: list[Row]
    full: list[Row]

    def strips(self, height: float, more: Sequence[Row] = ()) -> Strips:
        """White strips between the columns of all full rows. ``height`` is that of a line in pixels."""
        strips = white_strips(box for row in [*self.full, *more] for box in row)
        return [(x0, x1) for x0, x1 in strips if x1 - x0 > STRIP * height]


def find_unruled(boxes: Sequence[Box], height: float, read: Read) -> list[Box]:
    """Hulls of the tables among these text runs.

    ``height`` is the usual height of a line in pixels; ``read`` returns the text in a box.
    """
    prose = prose_lines(boxes, height, read)
    rows = rows_of([box for box in boxes if box not in prose])
    return [
        found
        for run in _runs(rows, height, sorted(prose, key=lambda b: b.cy))
        if (found := _table(run, rows, height, read, prose)) is not None
    ]


def prose_lines(boxes: Sequence[Box], height: float, read: Read) -> set[Box]:
    """The lines of paragraphs: wide, below one another, most of them as wide as the widest."""
    wide = sorted((b for b in boxes if b.width > PROSE_WIDTH * height), key=lambda b: b.cy)
    stacks: list[list[Box]] = []
    for box in wide:
        fitting = [s for s in stacks if _below(s[-1], box)]
        if fitting:
            fitting[-1].append(box)
        else:
            stacks.append([box])
    found: set[Box] = set()
    for stack in stacks:
        widest = max(b.width for b in stack)
        full = sum(b.width > FULL * widest for b in stack)
        wide_enough = len(stack) >= PROSE_LINES and full >= 0.6 * len(stack)
        led = [box for box in stack if _has_short_neighbour(box, boxes)][:6] if wide_enough else []
        if wide_enough and not any(LEADERS.search(read(box)) for box in led):
            found.update(stack)
            found.update(_ends_of(stack, boxes))
    return found


def _ends_of(stack: Sequence[Box], boxes: Sequence[Box]) -> list[Box]:
    """A paragraph's short last line and the heading right above it, where they stand alone in its column."""
    around, left = hull(stack), median(b.x0 for b in stack)
    pitch = median(b.cy - a.cy for a, b in pairwise(stack))
    near = [b for b in boxes if b not in stack and b.overlap_x(around) > 0]
    ends = []
    for box in near:
        below, above = box.cy - stack[-1].cy, stack[0].y0 - box.y1
        ends_it = abs(below - pitch) < SAME_PITCH * pitch
        heads_it = -0.2 * box.height < above < HEADED * box.height
        flush = abs(box.x0 - left) < 0.6 * box.height and box.x1 < around.x1 + box.height
        alone = not any(o is not box and o.overlap_y(box) > 0.4 * min(o.height, box.height) for o in near)
        if flush and alone and (ends_it or heads_it):
            ends.append(box)
    return ends


def _has_short_neighbour(box: Box, boxes: Sequence[Box]) -> bool:
    """It has a short text on its right, to which leader dots may lead: only then it is recognised."""
    return any(
        b.x0 > box.x1 - 2 and b.width < 0.5 * box.width and b.overlap_y(box) > 0.5 * b.height for b in boxes
    )


def _below(above: Box, box: Box) -> bool:
    close = box.y0 - above.y1 < 1.2 * above.height
    return close and box.cy > above.y1 and abs(box.x0 - above.x0) < 3 * above.height


def _runs(rows: Sequence[Row], height: float, prose: Sequence[Box]) -> list[_RowRun]:
    runs: list[_RowRun] = []
    current: _RowRun | None = None
    waiting: list[Row] = []
    for row in rows:
        if current is not None and _ends(current, [*current.rows, *waiting][-1], row, waiting, height, prose):
            runs.append(current)
            current, waiting = None, []
        if current is None:
            if _is_full(row, height):
                current = _RowRun([row], [row])
        elif not _is_full(row, height):
            waiting.append(row)
        elif not waiting and _opens_another(current, row, height):
            runs.append(current)
            current = _RowRun([row], [row])
        elif _fits(current, row, height):
            current.rows += [*waiting, row]
            current.full.append(row)
            waiting = []
        else:
            runs.append(current)
            current, waiting = _RowRun([row], [row]), []
    return [*runs, current] if current is not None else runs


def _ends(
    run: _RowRun, last: Row, row: Row, waiting: Sequence[Row], height: float, prose: Sequence[Box]
) -> bool:
    """The next row is too far below, or there is prose between, or too many rows with a single text."""
    top, bottom = max(b.y1 for b in last), min(b.y0 for b in row)
    around = hull(b for one in run.full for b in one)
    start = max(b.y1 for b in run.full[-1])
    between = any(start - 2 < p.cy < bottom + 2 and p.overlap_x(around) > 0 for p in prose)
    return bottom - top > NEAR * height or between or len(waiting) > MOST_SINGLE


def _opens_another(run: _RowRun, row: Row, height: float) -> bool:
    """Below white space wider than between the run's rows there are more than twice as many texts in a row.

    The run is then a block of labels and values above a table.
    """
    white = min(b.y0 for b in row) - max(b.y1 for b in run.rows[-1])
    usual = _pitch(run.full, height) - height
    return white > usual + 0.5 * height and len(row) > 2 * max(len(one) for one in run.full)


def _is_full(row: Row, height: float) -> bool:
    return any(b.x0 - a.x1 > STRIP * height for a, b in pairwise(row))


def _fits(run: _RowRun, row: Row, height: float) -> bool:
    """Half of the run's columns remain separate, and the row has texts in two of them."""
    after = run.strips(height, [row])
    if not after or len(after) < 0.5 * len(run.strips(height)):
        return False
    return len({_slot(after, b) for b in row}) > 1


def _slot(strips: Strips, box: Box) -> int:
    return sum(box.cx > (a + b) / 2 for a, b in strips)


def _table(
    run: _RowRun, rows: Sequence[Row], height: float, read: Read, prose: Collection[Box]
) -> Box | None:
    """The hull of a run, including its headings, if it is a table."""
    strips = run.strips(height)
    if not strips:
        return None
    cells: list[list[list[Box]]] = [[[] for _ in range(len(strips) + 1)] for _ in run.full]
    for number, row in enumerate(run.full):
        for box in row:
            cells[number][_slot(strips, box)].append(box)
    texts = tuple(tuple(hull(c) if c else None for c in row) for row in cells)
    if not is_table(TableBody(texts, height, len(run.rows)), read):
        return None
    around = _without_prose(run, prose)
    pitch = _pitch(run.full, height)
    for row in reversed([r for r in rows if max(b.cy for b in r) < around.y0][-HEADS:]):
        if not _heads(row, around, strips, pitch, height):
            break
        around = hull([around, *row])
    return around


def _without_prose(run: _RowRun, prose: Collection[Box]) -> Box:
    """The hull of the run's texts without those at its sides that belong to a column of prose."""
    boxes = [b for row in run.rows for b in row]
    around = hull(boxes)
    inside = [p for p in prose if around.y0 < p.cy < around.y1 and p.overlap_x(around) > 0]
    if len(inside) < 2:
        return around
    column = hull(inside)
    kept = [b for b in boxes if b.overlap_x(column) <= 0]
    return hull(kept) if len(boxes) - len(kept) < STRAY * len(run.full) else around


def _pitch(rows: Sequence[Row], height: float) -> float:
    steps = [b[0].cy - a[0].cy for a, b in pairwise(rows)]
    return median(steps) if steps else 1.5 * height


def _heads(row: Row, around: Box, strips: Strips, pitch: float, height: float) -> bool:
    """It is a row of headings: close above the columns after the first, and not wider than they are."""
    near = around.y0 - max(b.y1 for b in row) < max(1.1 * height, pitch - height + 0.5 * height)
    left = strips[0][0] - height
    return near and all(b.x0 > left and b.x1 < around.x1 + height and b.cx > strips[0][1] for b in row)
