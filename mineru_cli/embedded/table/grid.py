"""The grid of a table: borders of rows and columns, and the cells that span several. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from mineru_cli.embedded.table.chunks import Chunk
from mineru_cli.embedded.table.otsl import OtslCell


@dataclass(frozen=True, slots=True)
class RuledGrid:
    """Borders of columns and rows (``columns`` + 1 and ``rows`` + 1 values, ascending) and open borders.

    ``open_right`` holds (row, column) pairs without a border to the next column, ``open_below`` those without
    one to the next row.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    open_right: frozenset[tuple[int, int]] = frozenset()
    open_below: frozenset[tuple[int, int]] = frozenset()

    @property
    def columns(self) -> int:
        """How many."""
        return len(self.xs) - 1

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.ys) - 1

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of a point; for points outside, the nearest ones."""
        return slot(self.ys, y), slot(self.xs, x)

    def spans(self) -> list[OtslCell]:
        """All cells without texts, merged across open borders where that gives rectangles."""
        taken: set[tuple[int, int]] = set()
        cells = []
        for row in range(self.rows):
            for column in range(self.columns):
                if (row, column) in taken:
                    continue
                wide = self._wide(row, column, taken)
                high = self._high(row, column, wide, taken)
                taken |= {(row + r, column + c) for r in range(high) for c in range(wide)}
                cells.append(OtslCell(row, column, high, wide))
        return cells

    def _wide(self, row: int, column: int, taken: set[tuple[int, int]]) -> int:
        wide = 1
        while column + wide < self.columns and self._joins_left(row, column + wide, taken):
            wide += 1
        return wide

    def _joins_left(self, row: int, column: int, taken: set[tuple[int, int]]) -> bool:
        return (row, column - 1) in self.open_right and (row, column) not in taken

    def _high(self, row: int, column: int, wide: int, taken: set[tuple[int, int]]) -> int:
        high = 1
        while (
            row + high < self.rows
            and self._opens(row + high, column, wide)
            and not any((row + high, column + c) in taken for c in range(wide))
        ):
            high += 1
        return high

    def _opens(self, row: int, column: int, wide: int) -> bool:
        """The row continues the cells above it: no border between them, and the same borders at the sides."""
        above = all((row - 1, column + c) in self.open_below for c in range(wide))
        inner = all((row, column + c) in self.open_right for c in range(wide - 1))
        last = column + wide == self.columns or (row, column + wide - 1) not in self.open_right
        return above and inner and last


def slot(borders: Sequence[float], value: float) -> int:
    """Index of the strip between two borders that contains the value; for values outside, the nearest one."""
    for index, border in enumerate(borders[1:-1]):
        if value < border:
            return index
    return len(borders) - 2


def text_rows(chunks: Sequence[Chunk]) -> list[list[Chunk]]:
    """Rows of chunks side by side: rows from top to bottom, chunks from left to right."""
    rows: list[list[Chunk]] = []
    for chunk in sorted(chunks, key=lambda c: c.box.cy):
        if rows and chunk.box.cy - median(c.box.cy for c in rows[-1]) < 0.5 * chunk.box.height:
            rows[-1].append(chunk)
        else:
            rows.append([chunk])
    return [sorted(row, key=lambda c: c.box.x0) for row in rows]


def fill(grid: RuledGrid, chunks: Sequence[Chunk], join: Callable[[Sequence[str]], str]) -> list[OtslCell]:
    """The grid's cells with their texts; ``join`` joins the lines in a cell."""
    cells = grid.spans()
    owner = {
        (cell.row + r, cell.column + c): index
        for index, cell in enumerate(cells)
        for r in range(cell.rows)
        for c in range(cell.columns)
    }
    held: list[list[Chunk]] = [[] for _ in cells]
    for chunk in chunks:
        held[owner[grid.at(chunk.box.cx, chunk.box.cy)]].append(chunk)
    return [
        replace(cell, text=join([" ".join(c.text for c in row) for row in text_rows(found)]))
        for cell, found in zip(cells, held, strict=True)
    ]
