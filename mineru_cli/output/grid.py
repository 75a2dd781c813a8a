"""A table's cells, read from a model's HTML and written as HTML that is safe to show.

The model's HTML is untrusted. Only cells, their spans and a few inline tags survive; any other
markup is shown as text. Tags are found with one pattern in linear time: ``html.parser`` takes
quadratic time on some broken input, and reads ``<script>`` differently from version to version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape, unescape
from typing import Literal

from mineru_cli.output.formula import in_dollars, segments

_MAX_SPAN = 1_000
_INLINE = frozenset({"b", "i", "u", "s", "em", "strong", "sub", "sup", "code", "small"})
_DROPPED = frozenset(
    {"html", "body", "table", "tbody", "tfoot", "div", "span", "p", "font", "col", "colgroup", "center", "eq"}
)
_BREAKS = frozenset({"div", "p", "table", "tr", "td", "th"})
_TAG = re.compile(r"</?[a-z]+>")
_MARKUP = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})((?:\s[^<>]{0,500})?)/?>")
_SPANS = {
    name: re.compile(rf"\b{name}\s*=\s*[\"']?\s*([0-9]{{1,6}})", re.IGNORECASE)
    for name in ("colspan", "rowspan")
}
_TABLE = re.compile(r"<(?:table|tr|td)\b", re.IGNORECASE)

Tag = Literal["td", "th"]


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell; ``html`` is its content, escaped and balanced."""

    html: str
    tag: Tag = "td"
    colspan: int = 1
    rowspan: int = 1

    @property
    def text(self) -> str:
        """The content without its tags."""
        return " ".join(unescape(_TAG.sub(" ", self.html)).split())


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row; ``head``: it was in the table's head."""

    cells: tuple[TableCell, ...]
    head: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """Its cells' texts."""
        return tuple(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class TableGrid:
    """A table's rows. ``outside`` is text of the table outside of all cells."""

    rows: tuple[TableRow, ...]
    outside: tuple[str, ...] = ()

    @property
    def columns(self) -> int:
        """Number of columns, spans counted."""
        widest = 0
        hanging: list[tuple[int, int]] = []
        for row in self.rows:
            own = sum(cell.colspan for cell in row.cells)
            widest = max(widest, own + sum(span for _, span in hanging))
            falling = [(left - 1, span) for left, span in hanging]
            falling += [(cell.rowspan - 1, cell.colspan) for cell in row.cells]
            hanging = [(left, span) for left, span in falling if left > 0]
        return widest


def read(html: str) -> TableGrid | None:
    """The first level of tables in ``html`` as one grid; None if it holds no cell."""
    if not _TABLE.search(html):
        return None
    reader = _Reader()
    reader.feed(html)
    rows = tuple(reader.rows)
    return TableGrid(rows, tuple(reader.outside)) if rows else None


def write(grid: TableGrid) -> str:
    """The grid as HTML on one line: a line break could end the block of HTML in Markdown."""
    out = ["<table>"]
    head = False
    for row in grid.rows:
        if row.head != head:
            out.append("<thead>" if row.head else "</thead>")
            head = row.head
        out.append("<tr>")
        out.extend(_cell(cell) for cell in row.cells)
        out.append("</tr>")
    out.append("</thead></table>" if head else "</table>")
    return "".join(out)


def _cell(cell: TableCell) -> str:
    spans = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
    spans += f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
    return f"<{cell.tag}{spans}>{cell.html}</{cell.tag}>"


class _Reader:
    """Collects rows from a stream of tags; never nests, so that hostile depth costs nothing."""

    def __init__(self) -> None:
        self.rows: list[TableRow] = []
        self.outside: list[str] = []
        self._cells: list[TableCell] = []
        self._pieces: list[str] | None = None
        self._plain: list[str] = []
        self._open: list[str] = []
        self._shape: tuple[Tag, int, int] = ("td", 1, 1)
        self._head = False

    def feed(self, html: str) -> None:
        """Read all of it."""
        done = 0
        for match in _MARKUP.finditer(html):
            self._plain.append(html[done : match.start()])
            closing, name, attributes = match[1], match[2].lower(), match[3]
            known = self._end_tag(name) if closing else self._start_tag(name, attributes)
            if not known:
                self._plain.append(match[0])
            done = match.end()
        self._plain.append(html[done:])
        self.end_row()

    def _start_tag(self, name: str, attributes: str) -> bool:
        """Process a tag; False for one that is treated as text."""
        if name in ("td", "th"):
            self._end_cell()
            shape = _span(attributes, "colspan"), _span(attributes, "rowspan")
            self._shape = ("th" if name == "th" else "td", *shape)
            self._pieces = []
        elif name in ("tr", "thead"):
            self.end_row()
            self._head = self._head or name == "thead"
        elif name == "br":
            self._add("<br>")
        elif name in _INLINE:
            self._enter(name)
        else:
            return self._drop(name)
        return True

    def _end_tag(self, name: str) -> bool:
        if name in ("td", "th"):
            self._end_cell()
        elif name in ("tr", "thead", "table"):
            self.end_row()
            self._head = self._head and name == "tr"
        elif name in _INLINE:
            self._leave(name)
        else:
            return self._drop(name)
        return True

    def _drop(self, name: str) -> bool:
        """Drop a tag that does not concern cells; those that break lines separate words."""
        if name in _BREAKS:
            self._plain.append(" ")
        return name in _DROPPED

    def end_row(self) -> None:
        """Close the open cell and its row."""
        self._end_cell()
        if self._cells:
            self.rows.append(TableRow(tuple(self._cells), self._head))
            self._cells = []

    def _end_cell(self) -> None:
        self._flush()
        if self._pieces is None:
            return
        self._pieces.extend(f"</{tag}>" for tag in reversed(self._open))
        self._open.clear()
        html = " ".join("".join(self._pieces).split())
        tag, colspan, rowspan = self._shape
        self._cells.append(TableCell(html, tag, colspan, rowspan))
        self._pieces = None

    def _enter(self, tag: str) -> None:
        # Nested once only: "<b><b><b>..." would add closing tags to each cell without limit.
        if self._pieces is not None and tag not in self._open:
            self._add(f"<{tag}>")
            self._open.append(tag)

    def _leave(self, tag: str) -> None:
        if tag not in self._open:
            return
        self._flush()
        while self._pieces is not None:
            last = self._open.pop()
            self._pieces.append(f"</{last}>")
            if last == tag:
                return

    def _add(self, markup: str) -> None:
        self._flush()
        if self._pieces is not None:
            self._pieces.append(markup)

    def _flush(self) -> None:
        text = unescape("".join(self._plain))
        self._plain.clear()
        if self._pieces is None:
            if text.strip():
                self.outside.append(" ".join(text.split()))
        else:
            self._pieces.append(_safe(text))


def _safe(text: str) -> str:
    """Escaped text, its inline formulas as ``$...$``."""
    return in_dollars((escape(s.text, quote=False), s.math) for s in segments(text))


def _span(attributes: str, name: str) -> int:
    match = _SPANS[name].search(attributes)
    return min(max(int(match[1]), 1), _MAX_SPAN) if match else 1


def joined(grids: Iterable[TableGrid]) -> TableGrid:
    """The concatenated rows of several grids."""
    many = tuple(grids)
    return TableGrid(
        tuple(row for grid in many for row in grid.rows),
        tuple(text for grid in many for text in grid.outside),
    )
