"""A table that may be joined with the next page's: its rows and the state of its edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mineru_cli.output.tree import table_rows as rows_of
from mineru_cli.output.tree.table_rows import Row, RowExtent, halved

MAX_HEADER_ROWS = 5
_LARGEST = 4_000_000
"""Characters of HTML above which a table is not joined: parsing builds an object for each tag."""


@dataclass(frozen=True, slots=True)
class _TableSignature:
    """Identifies equal header rows."""

    reach: int
    colspans: tuple[int, ...]
    rowspans: tuple[int, ...]
    texts: tuple[str, ...]


@dataclass(slots=True)
class TableState:
    """A parsed table. Counts are updated while rows are added.

    The first ``own`` of ``rows`` are in ``body``; those of other tables are moved there by ``attach``, at the
    end, so that each is moved once, however many pages the table has. ``nested``: there are rows in rows.
    """

    soup: Any
    body: Any
    rows: list[Row]
    own: int
    nested: bool
    columns: int = 0
    reaches: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    last_filled: RowExtent | None = None
    below: dict[int, set[int]] = field(default_factory=dict)
    front: list[_TableSignature] = field(default_factory=list)
    front_metrics: dict[int, RowExtent] = field(default_factory=dict)
    changed: bool = False

    @classmethod
    def of(cls, html: str | None) -> TableState | None:
        """Parse a table; None for one without rows, too large, or with spans that are not numbers."""
        if not html or len(html) > _LARGEST:
            return None
        from bs4 import BeautifulSoup  # only for tables at a page's edge

        soup = BeautifulSoup(html, "html.parser")
        rows = list(soup.find_all("tr"))
        nested = any(row.find_parent("tr") for row in rows)
        state = cls(soup, soup.find("tbody") or soup.find("table"), rows, len(rows), nested)
        if not state.rows or state.body is None:
            return None
        try:
            state.refresh()
        except ValueError:
            return None
        return state

    def refresh(self) -> None:
        """Count anew after cells were changed."""
        scan = rows_of.scan(self.rows)
        self.columns = scan.columns
        self.reaches = [metrics.reach for metrics in scan.metrics]
        self.stops = [metrics.stop for metrics in scan.metrics]
        self.last_filled = scan.last_filled
        self.below = scan.below
        front = self.rows[: MAX_HEADER_ROWS + 1]
        metrics = rows_of.scan(front).metrics
        self.front_metrics = dict(enumerate(metrics))
        self.front = [
            _signature(row, one.reach) for row, one in zip(front[:MAX_HEADER_ROWS], metrics, strict=False)
        ]

    def attach(self) -> None:
        """Move the rows that came from other tables to the end of the body."""
        for row in self.rows[self.own :]:
            self.body.append(row)
        self.own = len(self.rows)

    def html(self) -> str:
        """The table as it is now."""
        self.attach()
        return str(self.soup)


def _signature(row: Row, reach: int) -> _TableSignature:
    cells = rows_of.cells(row)
    return _TableSignature(
        reach,
        tuple(rows_of.span(cell, "colspan") for cell in cells),
        tuple(rows_of.span(cell, "rowspan") for cell in cells),
        tuple("".join(halved(cell.get_text()).split()) for cell in cells),
    )


def header_rows(upper: TableState, lower: TableState) -> int:
    """How many rows at the top of ``lower`` repeat those of ``upper``."""
    pairs = list(zip(upper.front, lower.front, strict=False))
    same = _leading(a == b for a, b in pairs)
    if same:
        return same
    # Recognition may lose spans of a header: then texts and the number of displayed cells decide.
    return _leading(
        a.texts == b.texts
        and len(rows_of.segments(upper.rows, row)) == len(rows_of.segments(lower.rows, row))
        for row, (a, b) in enumerate(pairs)
    )


def _leading(agree: Any) -> int:
    count = 0
    for same in agree:
        if not same:
            break
        count += 1
    return count


def whole_header(rows: list[Row], count: int) -> int:
    """``count``, extended by the rows that cells of the header span."""
    count = min(count, len(rows))
    row = 0
    while row < count:
        for cell in rows_of.cells(rows[row]):
            tall = rows_of.span(cell, "rowspan")
            if tall > 1:
                count = min(max(count, row + tall), len(rows))
        row += 1
    return count


def edges_match(upper: TableState, lower: TableState) -> bool:
    """Whether the columns of the two agree, or those of the adjacent rows."""
    if upper.columns == lower.columns:
        return True
    last = upper.last_filled
    if last is None:
        return False
    first = lower.front_metrics.get(whole_header(lower.rows, header_rows(upper, lower)))
    if first is None:
        return False
    if last.reach == first.reach or last.own == first.own:
        return True
    return len(rows_of.segments(upper.rows, last.row)) == len(rows_of.segments(lower.rows, first.row))


def widths_match(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether two tables are about equally wide: less than a tenth apart."""
    wide = (a[2] - a[0], b[2] - b[0])
    return min(wide) > 0 and abs(wide[0] - wide[1]) / min(wide) < 0.1
