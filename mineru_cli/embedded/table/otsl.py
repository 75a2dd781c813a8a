"""OTSL, the table language of MinerU2.5: one token per grid position. Pure.

``<fcel>`` a cell with text, ``<ecel>`` an empty cell, ``<lcel>`` belongs to the cell on its left, ``<ucel>``
to the cell above, ``<xcel>`` to both, ``<nl>`` ends a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OtslCell:
    """A cell at ``row``, ``column`` (0-based), ``rows`` high and ``columns`` wide."""

    row: int
    column: int
    rows: int = 1
    columns: int = 1
    text: str = ""


def otsl(cells: Sequence[OtslCell], rows: int, columns: int) -> str:
    """The grid as OTSL. Positions without a cell are empty; a later cell never overwrites an earlier one."""
    grid = [["<ecel>"] * columns for _ in range(rows)]
    taken: set[tuple[int, int]] = set()
    for cell in cells:
        positions = [
            (r, c)
            for r in range(cell.row, min(rows, cell.row + cell.rows))
            for c in range(cell.column, min(columns, cell.column + cell.columns))
        ]
        if any(p in taken for p in positions):
            continue
        taken.update(positions)
        for r, c in positions:
            grid[r][c] = _token(cell, r, c)
    return "".join("".join(row) + "<nl>" for row in grid)


def _token(cell: OtslCell, row: int, column: int) -> str:
    if row == cell.row and column == cell.column:
        text = " ".join(cell.text.split())
        if any(f"<{name}>" in text for name in ("fcel", "ecel", "lcel", "ucel", "xcel", "nl")):
            text = text.replace("<", "‹").replace(">", "›")
        return f"<fcel>{text}" if text else "<ecel>"
    if row == cell.row:
        return "<lcel>"
    return "<ucel>" if column == cell.column else "<xcel>"
