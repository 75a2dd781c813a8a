"""Reading order of blocks on a page. Pure.

A block comes before another when it lies above it in the same column, or when it lies wholly to its left and
nothing between them spans both columns (the two rules of T. Breuel, "High performance document layout
analysis", 2003). The order is the topological sort of that relation, ties by height on the page.

A centred title over two columns often overlaps with neither of the blocks below it. So a block that stands
alone at its height in the middle of the page counts as wide as the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.embedded.geometry import Box

TOUCH = 0.08
"""Share of the narrower block's width below which a common x range counts as none."""


CENTRED = 0.04
"""Share of the page's width by which the middle of a centred block may be off."""


def reading_order(boxes: Sequence[Box], line: float = 0.0, width: float = 0.0) -> list[int]:
    """Indices of the boxes in the order they are read.

    ``line`` is the usual height of a line of text, ``width`` that of the page; 0 where it is not known.
    """
    boxes = [_spread(box, boxes, width) for box in boxes]
    count = len(boxes)
    rows = _rows(boxes, line)
    before = [[i != j and _precedes(boxes, i, j, rows) for j in range(count)] for i in range(count)]
    blockers = [{i for i in range(count) if before[i][j]} for j in range(count)]
    left = set(range(count))
    order: list[int] = []
    while left:
        free = [j for j in left if not blockers[j] & left]
        # a circle of blocks that overlap: take the topmost and go on
        pick = min(free or left, key=lambda j: (boxes[j].y0, boxes[j].x0))
        if free and order:
            pick = _next(boxes, order[-1], free, rows)
        order.append(pick)
        left.remove(pick)
    return order


def _spread(box: Box, boxes: Sequence[Box], width: float) -> Box:
    """The box, as wide as the page if it heads or parts columns."""
    others = [b for b in boxes if b is not box]
    alone = not any(b.overlap_y(box) > 0 for b in others)
    if not alone or abs(box.cx - width / 2) > CENTRED * width:
        return box
    above = [b for b in others if b.cy < box.cy]
    below = [b for b in others if b.cy > box.cy]
    heads = all(abs(b.cx - width / 2) <= CENTRED * width for b in above)
    if not heads and not (_has_gutter(above, box) and _has_gutter(below, box)):
        return box
    return Box(0, box.y0, width, box.y1)


def _has_gutter(boxes: Sequence[Box], box: Box) -> bool:
    """Two neighbours in a row, with the box over or under the white between them."""
    for a in boxes:
        beside = [b for b in boxes if a.overlap_y(b) > 0 and a.x1 <= b.x0]
        if beside and a.x1 < box.x1 and box.x0 < min(b.x0 for b in beside):
            return True
    return False


def _next(boxes: Sequence[Box], last: int, free: Sequence[int], rows: Sequence[tuple[float, float]]) -> int:
    """Stay in the row or column just read while something is left in it, else the topmost free block."""
    row = [r for r in rows if r[0] <= boxes[last].cy <= r[1]]
    beside = [j for j in free if any(top <= boxes[j].cy <= bottom for top, bottom in row)]
    if beside:
        return min(beside, key=lambda j: boxes[j].x0)
    column = [j for j in free if _share_column(boxes[last], boxes[j]) and boxes[j].cy > boxes[last].cy]
    return min(column or free, key=lambda j: (boxes[j].y0, boxes[j].x0))


def _share_column(a: Box, b: Box) -> bool:
    return a.overlap_x(b) > TOUCH * min(a.width, b.width)


def _rows(boxes: Sequence[Box], line: float) -> list[tuple[float, float]]:
    """Heights (top, bottom) of rows of small blocks that stand side by side: letter heads, key figures.

    Two blocks make a row when both edges agree within half a line, they are at most eight lines high, and
    blank space runs below them over the whole page.
    """
    rows = []
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            level = abs(a.y0 - b.y0) < 0.5 * line and abs(a.y1 - b.y1) < 0.5 * line
            apart = a.overlap_x(b) < 0 and max(a.height, b.height) < 8 * line
            bottom = max(a.y1, b.y1)
            blank = not any(c.y0 < bottom + 0.4 * line and c.y1 > bottom + 0.1 * line for c in boxes)
            if level and apart and blank:
                rows.append((min(a.y0, b.y0), bottom))
    return rows


def _precedes(boxes: Sequence[Box], i: int, j: int, rows: Sequence[tuple[float, float]]) -> bool:
    a, b = boxes[i], boxes[j]
    for top, bottom in rows:
        inside_a, inside_b = top <= a.cy <= bottom, top <= b.cy <= bottom
        if inside_a != inside_b:
            return a.cy < b.cy
    if _share_column(a, b):
        return a.cy < b.cy if a.overlap_y(b) <= 0.5 * min(a.height, b.height) else a.cx < b.cx
    if a.cx >= b.cx:
        return False
    if a.overlap_y(b) > 0:
        return True
    return not any(
        _between(a, b, c) and _share_column(a, c) and _share_column(b, c)
        for k, c in enumerate(boxes)
        if k not in (i, j)
    )


def _between(a: Box, b: Box, c: Box) -> bool:
    """C lies between a and b in height."""
    return min(a.cy, b.cy) < c.cy < max(a.cy, b.cy)
