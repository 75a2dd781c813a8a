"""The best mapping that pairs whole rows, in the band that can hold it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import fsum, inf

from mineru_cli.quality.teds.costs import CostMatrix, Costs

_HAIR = 1e-9
"""Sums of the same numbers in another order differ by less than this."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """``distance`` is the least of all mappings that pair whole rows, when ``exact``.

    ``least_with_split_rows`` is a lower bound for any mapping in which cells change rows. ``behind[i]`` is a
    lower bound of what any mapping makes of the left rows from i on.
    """

    distance: float
    exact: bool
    least_with_split_rows: float
    behind: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """The places (i, j) between rows where both tables can be cut in two at a cost of ``bound`` or less.

    The nodes in front of the cut differ by x and those behind it by c - x, and each difference costs 1:
    |x| + |c - x| <= bound.
    """

    left: CostMatrix
    right: CostMatrix
    bound: float

    def cuts(self, i: int) -> range:
        """The places j that go with place i."""
        over = self.left.nodes - self.right.nodes
        low = self.left.before[i] - (over + self.bound) / 2 - _HAIR
        high = self.left.before[i] - (over - self.bound) / 2 + _HAIR
        return range(bisect_left(self.right.before, low), bisect_right(self.right.before, high))

    def comparisons(self) -> int:
        """Cell comparisons that pairing every row in the band with every other takes at most."""
        total = 0
        for i, row in enumerate(self.left.rows):
            cuts = self.cuts(i)
            nodes = self.right.before[min(cuts.stop, len(self.right.rows))] - self.right.before[cuts.start]
            total += len(row) * nodes
        return total


Floors = dict[tuple[int, int], float]
Ahead = list[dict[int, float]]


def aligned(costs: Costs, budget: int) -> Aligned | None:
    """Align rows with rows for at most about ``budget`` cell comparisons; None if even a start takes more.

    A narrow band gives an upper bound of the distance. The distance itself lies in the band of that bound,
    which lower bounds thin out: most pairs of rows in it never need to be compared cell by cell.
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
    """The least distance in the band, and whether the budget lasted. ``band.bound`` is one found before."""
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
    """A lower bound of the cost of each pair of rows in the band, or the cost itself where it is known."""
    floors: Floors = {}
    for i in range(len(band.left.rows)):
        behind = band.cuts(i + 1)
        for j in band.cuts(i):
            if j + 1 in behind:
                floors[i, j] = costs.of_rows_at_least(i, j)
    return floors


def _ahead(band: Band, floors: Floors) -> Ahead:
    """For each cut a lower bound of what the rows behind it cost, whole rows being paired."""
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
    """What each row costs at least: its cheapest pair, or 1 when it is not paired."""
    by_left, by_right = [1.0] * len(left.rows), [1.0] * len(right.rows)
    for (i, j), cost in floors.items():
        by_left[i] = min(by_left[i], cost)
        by_right[j] = min(by_right[j], cost)
    return by_left, by_right


def _least_with_split_rows(left: float, right: float) -> float:
    """Lower bound for mappings whose cells change rows, given what the rows of each side cost at least.

    Cells change rows only between unpaired rows of both sides, three at least: so one side has two or more of
    them, on top of what the rows of the other side cost.
    """
    return max(min(left, right) + 2.0, max(left, right) + 1.0) - _HAIR
