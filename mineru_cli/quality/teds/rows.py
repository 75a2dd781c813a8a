"""The best mapping that pairs whole rows, searched in a band."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import fsum, inf

from mineru_cli.quality.teds.costs import CostMatrix, Costs

_HAIR = 1e-9
"""Floating-point sums of the same numbers in a different order differ by less than this."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """``distance`` is the minimum over mappings that pair whole rows, if ``exact``.

    ``least_with_split_rows`` is a lower bound for any mapping in which cells change rows. ``behind[i]`` is a
    lower bound for any mapping of the left rows from i on.
    """

    distance: float
    exact: bool
    least_with_split_rows: float
    behind: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """The cuts (i, j) between rows that a mapping of cost ``bound`` or less can pass through.

    The node counts before the cut differ by x and those after it by c - x, and each difference costs 1: |x| +
    |c - x| <= bound.
    """

    left: CostMatrix
    right: CostMatrix
    bound: float

    def cuts(self, i: int) -> range:
        """The places j that belong to place i."""
        over = self.left.nodes - self.right.nodes
        low = self.left.before[i] - (over + self.bound) / 2 - _HAIR
        high = self.left.before[i] - (over - self.bound) / 2 + _HAIR
        return range(bisect_left(self.right.before, low), bisect_right(self.right.before, high))

    def comparisons(self) -> int:
        """Upper bound of cell comparisons for all pairs of rows in the band."""
        total = 0
        for i, row in enumerate(self.left.rows):
            cuts = self.cuts(i)
            nodes = self.right.before[min(cuts.stop, len(self.right.rows))] - self.right.before[cuts.start]
            total += len(row) * nodes
        return total


Floors = dict[tuple[int, int], float]
Ahead = list[dict[int, float]]


def aligned(costs: Costs, budget: int) -> Aligned | None:
    """Align rows with at most about ``budget`` cell comparisons; None if even the first pass takes more.

    A narrow band gives an upper bound of the distance. The optimum lies in the band of that bound, where
    lower bounds prune most pairs of rows before they are compared cell by cell.
    """
    left, right = costs.left, costs.right
    widest = 1 + max(map(len, (*left.rows, *right.rows)))
    narrow = Band(left, right, float(abs(left.nodes - right.nodes) + 2 * widest))
    if narrow.comparisons() > budget:
        return None
    distance, exact = _narrow_pass(narrow, costs), True
    band = Band(left, right, distance)
    floors = _floors(band, costs)
    if distance > narrow.bound:
        distance, exact = _thin_pass(band, costs, floors, budget)
    by_left, by_right = _cheapest(left, right, floors)
    behind = tuple(accumulate(reversed(by_left), initial=0.0))[::-1]
    return Aligned(distance, exact, _least_with_split_rows(fsum(by_left), fsum(by_right)), behind)


def _narrow_pass(band: Band, costs: Costs) -> float:
    left, right = band.left, band.right
    above = {j: float(right.before[j]) for j in band.cuts(0)}
    for i, row in enumerate(left.rows):
        drop, current = 1.0 + len(row), dict[int, float]()
        for j in band.cuts(i + 1):
            best = above.get(j, inf) + drop
            if j:
                best = min(best, current.get(j - 1, inf) + 1.0 + len(right.rows[j - 1]))
                corner = above.get(j - 1)
                if corner is not None:
                    best = min(best, corner + costs.of_rows(i, j - 1))
            current[j] = best
        above = current
    return above[len(right.rows)]


def _thin_pass(band: Band, costs: Costs, floors: Floors, budget: int) -> tuple[float, bool]:
    """The minimum in the band, and whether the budget sufficed. ``band.bound`` is a known upper bound."""
    left, right, bound = band.left, band.right, band.bound + _HAIR
    ahead = _ahead(band, floors)
    above = {j: float(right.before[j]) for j in band.cuts(0)}
    for i, row in enumerate(left.rows):
        if costs.comparisons > budget:
            return band.bound, False
        drop, rest, current = 1.0 + len(row), ahead[i + 1], dict[int, float]()
        for j in band.cuts(i + 1):
            best = above.get(j, inf) + drop
            if j:
                best = min(best, current.get(j - 1, inf) + 1.0 + len(right.rows[j - 1]))
                corner, to_come = above.get(j - 1, inf), rest.get(j, inf)
                floor = corner + floors.get((i, j - 1), inf)
                if floor < best and floor + to_come <= bound:
                    best = min(best, corner + costs.of_rows(i, j - 1))
            current[j] = best
        above = current
    return min(above.get(len(right.rows), inf), band.bound), True


def _floors(band: Band, costs: Costs) -> Floors:
    """Lower bound of the cost of each pair of rows in the band, or the cost itself if known."""
    floors: Floors = {}
    for i in range(len(band.left.rows)):
        behind = band.cuts(i + 1)
        for j in band.cuts(i):
            if j + 1 in behind:
                floors[i, j] = costs.of_rows_at_least(i, j)
    return floors


def _ahead(band: Band, floors: Floors) -> Ahead:
    """Per cut a lower bound of the cost of the rows after it, with whole rows paired."""
    left, right = band.left, band.right
    count = len(left.rows)
    ahead: Ahead = [{} for _ in range(count + 1)]
    ahead[count] = {j: float(right.nodes - right.before[j]) for j in band.cuts(count)}
    for i in reversed(range(count)):
        below, current = ahead[i + 1], ahead[i]
        drop = 1.0 + len(left.rows[i])
        for j in reversed(band.cuts(i)):
            best = below.get(j, inf) + drop
            if j < len(right.rows):
                best = min(best, current.get(j + 1, inf) + 1.0 + len(right.rows[j]))
                best = min(best, below.get(j + 1, inf) + floors.get((i, j), inf))
            current[j] = best
    return ahead


def _cheapest(left: CostMatrix, right: CostMatrix, floors: Floors) -> tuple[list[float], list[float]]:
    """Lower bound per row: its cheapest pair, or 1 if not paired."""
    by_left, by_right = [1.0] * len(left.rows), [1.0] * len(right.rows)
    for (i, j), cost in floors.items():
        by_left[i] = min(by_left[i], cost)
        by_right[j] = min(by_right[j], cost)
    return by_left, by_right


def _least_with_split_rows(left: float, right: float) -> float:
    """Lower bound for mappings whose cells change rows, given the lower bounds per row of each side.

    Cells change rows only between unpaired rows, at least three in all: so one side has two or more of them,
    on top of the cost of the other side's rows.
    """
    return max(min(left, right) + 2.0, max(left, right) + 1.0) - _HAIR
