"""Rows of a table: which cell covers which column, spans of earlier rows included.

Rows and cells are BeautifulSoup's: MinerU writes joined tables through it, and the text must be equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

Row = Any
Cell = Any
Occupied = Mapping[int, AbstractSet[int]]
"""Columns that spans from above cover, by row."""

_CELLS = ("td", "th")
MOST_SPAN = 1_000


@dataclass(frozen=True, slots=True)
class RowExtent:
    """A row's columns: ``reach`` with those covered from above, ``own`` by its cells.

    ``stop`` is ``reach`` with cells that span no row, not even their own.
    """

    row: int
    reach: int
    own: int
    stop: int


@dataclass(frozen=True, slots=True)
class CellExtent:
    """A cell in a row, with the columns ``start`` to ``stop`` - 1 that it covers."""

    text: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of one pass over rows. ``below`` are columns covered after the last row."""

    metrics: tuple[RowExtent, ...]
    columns: int
    last_filled: RowExtent | None
    below: dict[int, set[int]]


def cells(row: Row) -> list[Cell]:
    """The row's cells."""
    found: list[Cell] = row.find_all(list(_CELLS))
    return found


def span(cell: Cell, name: str) -> int:
    """``colspan`` or ``rowspan``. Raises ``ValueError`` for one that is not a number, or too large."""
    value = int(cell.get(name, 1))
    if abs(value) > MOST_SPAN:
        raise ValueError(f"a cell that spans {value}")
    return value


def colspans(row: Row) -> list[int]:
    """How many columns each cell spans."""
    return [span(cell, "colspan") for cell in cells(row)]


def shown_text(cell: Cell) -> str:
    """A cell's text, in ordinary width."""
    return halved(cell.get_text().strip())


def scan(rows: Sequence[Row], above: Occupied | None = None, first: int = 0) -> Scan:
    """Count columns. ``above`` is what spans from before the first row cover, ``first`` its number."""
    taken: dict[int, set[int]] = {row: set(columns) for row, columns in (above or {}).items() if columns}
    columns = max((max(covered) + 1 for covered in taken.values()), default=0)
    metrics: list[RowExtent] = []
    last_filled = None
    for number, row in enumerate(rows):
        here = taken.setdefault(number, set())
        row_cells = cells(row)
        column = own = stop = 0
        for cell in row_cells:
            while column in here:
                column += 1
            wide, tall = span(cell, "colspan"), span(cell, "rowspan")
            own += wide
            for below in range(number, number + tall):
                taken.setdefault(below, set()).update(range(column, column + wide))
            column += wide
            stop = max(stop, column)
        reach = max(here) + 1 if here else 0
        stop = max(stop, reach)
        columns = max(columns, stop)
        metrics.append(RowExtent(first + number, reach, own, stop))
        if row_cells:
            last_filled = metrics[-1]
    below_rows = {row - len(rows): covered for row, covered in taken.items() if row >= len(rows) and covered}
    return Scan(tuple(metrics), columns, last_filled, below_rows)


def _sources(
    rows: Sequence[Row], target: int, above: Occupied | None
) -> tuple[dict[int, tuple[int, int]], int]:
    """Which cell, as (row, number), covers each column of the row ``target``; and how many columns there are.

    Cells from before the first row have row -1.
    """
    taken: dict[int, dict[int, tuple[int, int]]] = {
        row: {column: (-1, column) for column in columns} for row, columns in (above or {}).items() if columns
    }
    columns = max((max(covered) + 1 for covered in taken.values()), default=0)
    for number in range(target + 1):
        here = taken.setdefault(number, {})
        column = 0
        for place, cell in enumerate(cells(rows[number])):
            while column in here:
                column += 1
            wide = span(cell, "colspan")
            for below in range(number, number + span(cell, "rowspan")):
                taken.setdefault(below, {}).update(
                    dict.fromkeys(range(column, column + wide), (number, place))
                )
            column += wide
            columns = max(columns, column)
    return taken.get(target, {}), columns


def first_columns(rows: Sequence[Row], target: int, above: Occupied | None = None) -> list[int]:
    """The column at which each cell of a row starts."""
    sources, _ = _sources(rows, target, above)
    column = 0
    starts = []
    for cell in cells(rows[target]):
        while column in sources and sources[column][0] < target:
            column += 1
        starts.append(column)
        column += span(cell, "colspan")
    return starts


def segments(rows: Sequence[Row], target: int) -> list[CellExtent]:
    """A row as displayed: its own cells, and those of rows above that span it."""
    sources, columns = _sources(rows, target, None)
    found: list[CellExtent] = []
    column = 0
    while column < columns:
        source = sources.get(column)
        start = column
        while column < columns and sources.get(column) == source:
            column += 1
        if source is not None:
            found.append(CellExtent(shown_text(cells(rows[source[0]])[source[1]]), start, column))
    return found


_SHIFT = 0xFEE0
_ALL = {code: code - _SHIFT for code in range(0xFF01, 0xFF5F)}
_LETTERS_AND_DIGITS = {code: half for code, half in _ALL.items() if chr(half).isalnum()}


def halved(text: str) -> str:
    """Letters, digits and punctuation, for comparison."""
    return text.translate(_ALL)


def normal(text: str) -> str:
    """Letters and digits only, as text is written."""
    return text if text.isascii() else text.translate(_LETTERS_AND_DIGITS)
