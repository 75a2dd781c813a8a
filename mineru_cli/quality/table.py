"""Tables as rows of cells, parsed from HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mineru_cli.quality.normalise import UnicodeForm, normalise

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_SPAN = 1000


@dataclass(frozen=True, slots=True, order=True)
class ComparedCell:
    """One ``td`` or ``th``: its text in norm-v1 and the columns and rows it spans."""

    text: str
    colspan: int = 1
    rowspan: int = 1


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """Rows as written: a cell that spans rows is in the first of them only."""

    rows: tuple[tuple[ComparedCell, ...], ...]

    @property
    def nodes(self) -> int:
        """Size of its tree without the root: one node per row and per cell."""
        return sum(1 + len(row) for row in self.rows)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return sum(map(len, self.rows))

    @property
    def text(self) -> str:
        """All cell texts in reading order, separated by spaces."""
        return " ".join(cell.text for row in self.rows for cell in row if cell.text)

    @property
    def skeleton(self) -> ComparedTable:
        """The same rows and spans without any text."""
        return ComparedTable(
            tuple(tuple(ComparedCell("", c.colspan, c.rowspan) for c in row) for row in self.rows)
        )


def read_table(source: str, form: UnicodeForm = "NFKC") -> ComparedTable:
    """The rows of every ``<table>`` in ``source``. Without any, a table without rows.

    Uses lxml's recovering parser, without network and with its depth limits, because a model may write
    anything. Header and body sections are not distinguished; of the attributes only spans count.
    """
    from lxml import etree

    if not source.strip():
        return ComparedTable(())
    parser = etree.HTMLParser(no_network=True, recover=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(f"<div>{_printable(source)}</div>", parser)
    except (etree.XMLSyntaxError, ValueError):
        return ComparedTable(())
    return ComparedTable(tuple(tuple(_cell(cell, form) for cell in row) for row in _rows(root)))


def _printable(source: str) -> str:
    """Drop characters that XML does not allow: libxml2 would end the document at a NUL."""
    return "".join(c for c in source if c >= " " or c in "\t\n\r") if not source.isprintable() else source


def _rows(root: _Element) -> Iterator[list[_Element]]:
    for row in root.iter("tr"):
        if not _inside_cell(row):
            yield [child for child in row if child.tag in ("td", "th")]


def _inside_cell(row: _Element) -> bool:
    return next(row.iterancestors("td", "th"), None) is not None


def _cell(element: _Element, form: UnicodeForm) -> ComparedCell:
    for line_break in element.iter("br"):
        line_break.tail = " " + (line_break.tail or "")
    text = normalise("".join(element.itertext()), form)
    return ComparedCell(text, _span(element.get("colspan")), _span(element.get("rowspan")))


def _span(value: object) -> int:
    digits = str(value or "").strip()
    return max(1, min(int(digits[:6]), _MAX_SPAN)) if digits.isascii() and digits.isdigit() else 1
