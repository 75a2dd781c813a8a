"""Reading order of blocks on a page. Pure.

A block comes before another when it lies above it in the same column, or when it lies wholly to its left and
nothing between them spans both columns (the two rules of T. Breuel, "High performance document layout
analysis", 2003). The order is the topological sort of that relation, ties by height on the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.servers.embedded.geometry import Box

TOUCH = 0.08
"""Share of the narrower block's width below which a common x range counts as none."""


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """Indices of the boxes in the order they are read."""
    count = len(boxes)
    before = [[i != j and _precedes(boxes, i, j) for j in range(count)] for i in range(count)]
    blockers = [{i for i in range(count) if before[i][j]} for j in range(count)]
    left = set(range(count))
    order: list[int] = []
    while left:
        free = [j for j in left if not blockers[j] & left]
        # a circle of blocks that overlap: take the topmost and go on
        pick = min(free or left, key=lambda j: (boxes[j].y0, boxes[j].x0))
        if free and order:
            pick = _next(boxes, order[-1], free)
        order.append(pick)
        left.remove(pick)
    return order


def _next(boxes: Sequence[Box], last: int, free: Sequence[int]) -> int:
    """Stay in the column just read while something is left in it, else the topmost free block."""
    column = [j for j in free if _share_column(boxes[last], boxes[j]) and boxes[j].cy > boxes[last].cy]
    return min(column or free, key=lambda j: (boxes[j].y0, boxes[j].x0))


def _share_column(a: Box, b: Box) -> bool:
    return a.overlap_x(b) > TOUCH * min(a.width, b.width)


def _precedes(boxes: Sequence[Box], i: int, j: int) -> bool:
    a, b = boxes[i], boxes[j]
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
