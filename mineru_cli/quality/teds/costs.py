"""Edit costs between cells and between rows of cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeVar

from rapidfuzz.distance import Levenshtein

from mineru_cli.quality.table import ComparedCell

Item = TypeVar("Item")
Row = tuple[int, ...]
"""A row as ids of cells; equal cells have equal ids."""

_REMEMBERED_CELLS = 200_000


@dataclass(frozen=True, slots=True)
class CostMatrix:
    """Rows of one table. ``before[i]`` is the number of nodes (cells, then their row) before row i."""

    rows: tuple[Row, ...]
    before: tuple[int, ...]

    @property
    def nodes(self) -> int:
        """All nodes but the root."""
        return self.before[-1]


@dataclass(slots=True)
class Costs:
    """Costs between the cells and the rows of two tables; each pair of rows is computed once.

    ``comparisons`` counts the cells compared so far: machine-independent, unlike seconds.
    """

    cells: Sequence[ComparedCell]
    left: CostMatrix
    right: CostMatrix
    comparisons: int = 0
    _cells: dict[tuple[int, int], float] = field(default_factory=dict)
    _rows: dict[tuple[int, int], float] = field(default_factory=dict)

    def of_cells(self, left: int, right: int) -> float:
        """Cost of renaming cell ``left`` to cell ``right``, in [0, 1]."""
        if left == right:
            return 0.0
        cost = self._cells.get((left, right))
        if cost is None:
            cost = _rename(self.cells[left], self.cells[right])
            if len(self._cells) < _REMEMBERED_CELLS:
                self._cells[left, right] = cost
        return cost

    def of_rows(self, i: int, j: int) -> float:
        """Cost of turning the cells of row i into those of row j; matching the row nodes is free."""
        cost = self._rows.get((i, j))
        if cost is None:
            left, right = self.left.rows[i], self.right.rows[j]
            self.comparisons += len(left) * len(right)
            cost = self._rows[i, j] = (
                0.0 if left == right else self._sequence(*without_equal_ends(left, right))
            )
        return cost

    def of_rows_at_least(self, i: int, j: int) -> float:
        """The cost of the rows if known, else a cheap lower bound.

        An edit of a cell costs at least the changed characters over the length of the longest cell: so the
        edit distance of the two rows' texts, over that length, never exceeds the cost.
        """
        cost = self._rows.get((i, j))
        if cost is not None:
            return cost
        left, right = self.left.rows[i], self.right.rows[j]
        if left == right:
            return 0.0
        cells = self.cells
        longest = max((len(cells[number].text) for number in (*left, *right)), default=0)
        edits = Levenshtein.distance(self._text(left), self._text(right)) / longest if longest else 0.0
        return max(edits, float(abs(len(left) - len(right))))

    def _text(self, row: Row) -> str:
        return "".join(self.cells[number].text for number in row)

    def _sequence(self, left: Row, right: Row) -> float:
        if not left or not right:
            return float(len(left) + len(right))
        of_cells = self.of_cells
        above = [float(j) for j in range(len(right) + 1)]
        for i, x in enumerate(left, 1):
            beside = float(i)
            current = [beside]
            diagonal = above[0]
            for j, y in enumerate(right, 1):
                best = diagonal if x == y else diagonal + of_cells(x, y)
                diagonal = above[j]
                step = (diagonal if diagonal < beside else beside) + 1.0  # noqa: FURB136 - min() doubles the time
                beside = best if best < step else step  # noqa: FURB136 - min() doubles the time
                current.append(beside)
            above = current
        return above[-1]


def costs_between(base: Iterable[Iterable[ComparedCell]], run: Iterable[Iterable[ComparedCell]]) -> Costs:
    """Costs of two tables, with ids shared by equal cells."""
    numbers: dict[ComparedCell, int] = {}
    left, right = (
        tuple(tuple(numbers.setdefault(cell, len(numbers)) for cell in row) for row in rows)
        for rows in (base, run)
    )
    return Costs(tuple(numbers), _grid(left), _grid(right))


def without_equal_ends(
    left: tuple[Item, ...], right: tuple[Item, ...]
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Both sequences without their common prefix and suffix."""
    shorter = min(len(left), len(right))
    head = 0
    while head < shorter and left[head] == right[head]:
        head += 1
    tail = 0
    while tail < shorter - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    return left[head : len(left) - tail], right[head : len(right) - tail]


def _grid(rows: tuple[Row, ...]) -> CostMatrix:
    return CostMatrix(rows, tuple(accumulate((1 + len(row) for row in rows), initial=0)))


def _rename(left: ComparedCell, right: ComparedCell) -> float:
    if left.colspan != right.colspan or left.rowspan != right.rowspan:
        return 1.0
    return float(Levenshtein.normalized_distance(left.text, right.text))
