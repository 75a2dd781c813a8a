"""Adding a table's rows to the table that it continues."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from mineru_cli.output.tree import table_rows as rows_of
from mineru_cli.output.tree.table_rows import Cell, Occupied, Row
from mineru_cli.output.tree.table_state import TableState, header_rows, whole_header

_CONTENT = ["img", "svg", "math", "eq", "table", "figure", "object", "embed", "canvas"]


def join(upper: TableState, lower: TableState, cell_merge: Sequence[int] | None) -> None:
    """Move the rows of ``lower`` below its repeated header to the end of ``upper``.

    ``cell_merge`` has a 1 for each column whose cell continues in the first of them. Raises ``ValueError``
    for spans that are not numbers.
    """
    header = whole_header(lower.rows, header_rows(upper, lower))
    rescan = lower.nested or bool(upper.below)
    if header < len(lower.rows) and _clip_blank(lower.rows[header:], upper.below):
        lower.refresh()
    if header < len(lower.rows):
        rescan |= _even_out(upper, lower, header)
    if cell_merge and header < len(lower.rows):
        _merge_cells(upper, lower, header, cell_merge)
        rescan = True
    for row in lower.rows[header : lower.own]:
        row.extract()
    if header < len(lower.rows):
        _append(upper, lower, header, rescan=rescan)
    upper.changed = True


def _append(upper: TableState, lower: TableState, header: int, *, rescan: bool) -> None:
    """Add the rows below the header and what is known of them; ``rescan`` where that has changed."""
    first, added = len(upper.rows), lower.rows[header:]
    if rescan:
        scan = rows_of.scan(added, upper.below, first)
        reaches = [metrics.reach for metrics in scan.metrics]
        stops, columns = [metrics.stop for metrics in scan.metrics], scan.columns
        last_filled, below = scan.last_filled, scan.below
    else:
        reaches, stops, below = lower.reaches[header:], lower.stops[header:], lower.below
        columns, last = max(stops), lower.last_filled
        filled = last is not None and last.row >= header
        last_filled = replace(last, row=last.row - header + first) if last and filled else None
    upper.rows += added
    upper.reaches += reaches
    upper.stops += stops
    upper.columns = max(upper.columns, columns)
    upper.last_filled = last_filled or upper.last_filled
    upper.below = below
    if upper.nested:  # a row in a row is counted with it
        upper.attach()


def _even_out(upper: TableState, lower: TableState, header: int) -> bool:
    """Widen cells of the table with fewer columns, to those of the other; returns whether in ``lower``."""
    last, first = upper.rows[-1], lower.rows[header]
    if upper.columns > lower.columns:
        _widen(lower, header, pattern=rows_of.colspans(last), model=first, columns=upper.columns)
    elif lower.columns > upper.columns:
        _widen(upper, 0, pattern=rows_of.colspans(first), model=last, columns=lower.columns)
        upper.refresh()
    return upper.columns > lower.columns


def _widen(table: TableState, start: int, *, pattern: list[int], model: Row, columns: int) -> None:
    """Rows with the structure of ``model`` take the spans of ``pattern``; others get a wider last cell."""
    shape = rows_of.colspans(model)
    for number in range(start, len(table.rows)):
        row_cells = rows_of.cells(table.rows[number])
        spans = rows_of.colspans(table.rows[number])
        reach = table.reaches[number]
        if not row_cells or reach >= columns or sum(spans) >= columns:
            continue
        if len(row_cells) == len(pattern) and spans == shape:
            for cell, wide in zip(row_cells, pattern, strict=True):
                if wide > 1:
                    cell["colspan"] = str(wide)
        else:
            row_cells[-1]["colspan"] = str(spans[-1] + columns - reach)


def _merge_cells(upper: TableState, lower: TableState, header: int, flags: Sequence[int]) -> None:
    """Move the contents of cells that continue over the page break to the cells above them."""
    first, last = lower.rows[header], upper.rows[-1]
    above = _by_column(rows_of.cells(last), rows_of.first_columns(upper.rows, len(upper.rows) - 1))
    below = _by_column(rows_of.cells(first), rows_of.first_columns(lower.rows[header:], 0, upper.below))
    moved: set[tuple[int, int]] = set()
    for column, flag in enumerate(flags):
        target, source = above.get(column), below.get(column)
        if flag != 1 or target is None or source is None or (id(target), id(source)) in moved:
            continue
        moved.add((id(target), id(source)))
        for child in list(source.children):
            target.append(child.extract())
    if not any(_says_something(cell) for cell in rows_of.cells(first)):
        _hand_down_spans(lower.rows, header)
        first.extract()
        del lower.rows[header]
        lower.own -= header < lower.own


def _by_column(cells: list[Cell], starts: list[int]) -> dict[int, Cell]:
    return {
        column: cell
        for cell, start in zip(cells, starts, strict=True)
        for column in range(start, start + rows_of.span(cell, "colspan"))
    }


def _says_something(cell: Cell) -> bool:
    return bool(cell.get_text(strip=True)) or cell.find(_CONTENT) is not None


def _hand_down_spans(rows: list[Row], number: int) -> None:
    """Before an empty row is removed, move its cells that span further rows to the next one."""
    if number + 1 >= len(rows):
        return
    handed = []
    starts = rows_of.first_columns(rows, number)
    for cell, start in zip(rows_of.cells(rows[number]), starts, strict=True):
        tall = rows_of.span(cell, "rowspan")
        if tall > 1 and not _says_something(cell):
            handed.append((start, _shortened(cell, tall - 1)))
    for start, cell in sorted(handed, key=lambda one: one[0], reverse=True):
        _insert(rows, number + 1, start, cell)


def _shortened(cell: Cell, tall: int) -> Cell:
    shorter = copy(cell)
    if tall > 1:
        shorter["rowspan"] = str(tall)
    else:
        shorter.attrs.pop("rowspan", None)
    return shorter


def _insert(rows: Sequence[Row], number: int, column: int, cell: Cell) -> None:
    row = rows[number]
    starts = rows_of.first_columns(rows, number)
    for other, start in zip(rows_of.cells(row), starts, strict=True):
        if start >= column:
            other.insert_before(cell)
            return
    row.append(cell)


def _clip_blank(rows: Sequence[Row], covered: Occupied) -> bool:
    """Remove blank cells covered by spans of the page before; returns whether there were any."""
    if not rows or not covered:
        return False
    clipped: list[Cell] = []
    moved: list[tuple[int, int, Cell]] = []
    for number, row in enumerate(rows):
        if number not in covered:
            continue
        for cell, start in zip(rows_of.cells(row), rows_of.first_columns(rows, number), strict=True):
            tall = rows_of.span(cell, "rowspan")
            if tall <= 1 or _says_something(cell):
                continue
            columns = set(range(start, start + rows_of.span(cell, "colspan")))
            doubled = _rows_doubled(columns, covered, number, tall) if columns else 0
            left, target = tall - doubled, number + doubled
            if not doubled or (left > 0 and target >= len(rows)):
                continue
            clipped.append(cell)
            if left > 0:
                moved.append((target, start, _shortened(cell, left)))
    for cell in clipped:
        cell.extract()
    for target, start, cell in sorted(moved, key=lambda one: one[:2], reverse=True):
        _insert(rows, target, start, cell)
    return bool(clipped)


def _rows_doubled(columns: set[int], covered: Occupied, number: int, tall: int) -> int:
    doubled = 0
    while doubled < tall and columns <= set(covered.get(number + doubled, ())):
        doubled += 1
    return doubled
