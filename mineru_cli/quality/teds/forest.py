"""The forest recurrence of Zhang and Shasha over the nodes of two tables, in a band.

Nodes are counted in postorder: the cells of a row, then the row. An entry is the distance of the first i
nodes of one table and the first j of the other; a row can also pair with a row as a whole, at the cost in
``costs``. Only two lines of entries are kept, and the one before the current row of the table.
"""

from __future__ import annotations

from math import ceil, floor, inf

from mineru_cli.quality.teds.costs import CostMatrix, Costs
from mineru_cli.quality.teds.rows import Aligned

_ROW = -1
"""Marks a row node; other nodes hold the id of their cell."""

_HAIR = 1e-9

Line = list[float]


def forest_distance(costs: Costs, known: Aligned) -> float:
    """The exact distance, given ``known.distance`` as an upper bound.

    Entries that exceed it together with a lower bound for the remaining rows are pruned.
    """
    left, right, bound = costs.left, costs.right, known.distance
    nodes, starts = _postorder(right)
    over = left.nodes - right.nodes
    above, i = [float(j) for j in range(right.nodes + 1)], 0
    for p, row in enumerate(left.rows):
        front, limit = above, bound - known.behind[p + 1] + _HAIR
        for cell in (*row, _ROW):
            i += 1
            low = max(0, ceil(i - (over + bound) / 2))
            high = min(right.nodes, floor(i - (over - bound) / 2))
            current = [inf] * (right.nodes + 1)
            if low == 0:
                current[0] = float(i)
            if cell == _ROW:
                span = range(max(1, low), high + 1)
                _row_node(current, above, front, span, p, nodes, starts, costs, limit)
            else:
                span = _reachable(above, low, high, limit)
                _cell_node(current, above, span, cell, nodes, starts, costs, limit)
            above = current
    return min(above[right.nodes], bound)


def _reachable(above: Line, low: int, high: int, limit: float) -> range:
    """Range of places reachable from entries within the limit."""
    while low <= high and above[low] > limit:
        low += 1
    last = high
    while last > low and above[last] > limit:
        last -= 1
    least = min(above[low : last + 1], default=inf)
    if least > limit:
        return range(0)
    return range(max(1, low), min(high, last + int(limit - least) + 1) + 1)


def forest_states(costs: Costs, bound: float) -> float:
    """Approximate number of entries that ``forest_distance`` computes."""
    return costs.left.nodes * min(bound + 1, costs.right.nodes)


def _postorder(grid: CostMatrix) -> tuple[list[int], list[tuple[int, int]]]:
    """Nodes in postorder from 1; for row nodes the row's index and the nodes before it."""
    nodes, starts = [0], [(0, 0)]
    for q, row in enumerate(grid.rows):
        nodes += [*row, _ROW]
        starts += [(0, 0)] * len(row) + [(q, grid.before[q])]
    return nodes, starts


def _cell_node(
    current: Line,
    above: Line,
    span: range,
    cell: int,
    nodes: list[int],
    starts: list[tuple[int, int]],
    costs: Costs,
    limit: float,
) -> None:
    of_cells = costs.of_cells
    beside = current[span.start - 1] if span else inf
    for j in span:
        other = nodes[j]
        if other == _ROW:
            # The cell becomes the other row, whose cells are inserted.
            best = above[starts[j][1]] + (j - starts[j][1])
        else:
            best = above[j - 1]
            best = best + of_cells(cell, other) if best <= limit else inf
        step = min(above[j], beside) + 1.0
        beside = current[j] = best if best < step else step  # noqa: FURB136 - min() doubles the time


def _row_node(
    current: Line,
    above: Line,
    front: Line,
    span: range,
    row: int,
    nodes: list[int],
    starts: list[tuple[int, int]],
    costs: Costs,
    limit: float,
) -> None:
    cells = len(costs.left.rows[row])
    beside = current[span.start - 1] if span else inf
    for j in span:
        if nodes[j] == _ROW:
            other, start = starts[j]
            best = front[start]
            best = best + costs.of_rows(row, other) if best <= limit else inf
        else:
            # The row becomes the other cell, its own cells are deleted.
            best = front[j - 1] + cells + 1.0
        step = min(above[j], beside) + 1.0
        beside = current[j] = best if best < step else step  # noqa: FURB136 - min() doubles the time
