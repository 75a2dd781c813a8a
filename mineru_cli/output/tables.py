"""Decides whether a table continues the last one of the page before, and merges the two."""

from __future__ import annotations

import re
from dataclasses import replace

from mineru_cli.output import grid as grids
from mineru_cli.output.elements import Notes, Part, TableElement
from mineru_cli.output.prose import fold

_CONTINUATION = re.compile(
    r"\bcont(?:inued|inuation|['’]?d|\.)|fortsetzung|\(suite\)|续表|續表|[（(]续[)）]", re.IGNORECASE
)
_LABEL = re.compile(r"(?:table|tab\.|tabelle|tableau|表)\s*([A-Z]?\d+(?:[.-]\d+)*|[IVX]+)", re.IGNORECASE)
_MAX_HEADER = 4
_ALIGNED = 0.05
_LOW, _HIGH = 0.55, 0.35


def continues(first: TableElement, second: TableElement) -> bool:
    """Whether ``second``, at the top of the next page, continues ``first``, at the bottom of its page.

    It does when the header repeats without a new caption, or when the number of columns and the edges are
    equal and there is no footnote of the first, and no header or caption of the second.
    """
    if first.grid is None or second.grid is None or _new_caption(first, second):
        return False
    if first.grid.columns != second.grid.columns:
        return False
    if repeated_rows(first, second):
        return True
    if first.notes.footnotes or _own_header(second):
        return False
    return _aligned(first.bodies[-1], second.bodies[0])


def merge(first: TableElement, second: TableElement) -> TableElement:
    """The merged table without repeated header and "continued" caption, with the footnotes of both."""
    if first.grid is None or second.grid is None:
        raise ValueError("only tables with cells can be merged")
    rows = second.grid.rows[repeated_rows(first, second) :]
    rest = replace(second.grid, rows=tuple(replace(row, head=False) for row in rows))
    earlier = {fold(part.content) for part in first.notes.captions}
    captions = tuple(part for part in second.notes.captions if not _says_again(fold(part.content), earlier))
    notes = Notes(first.notes.captions + captions, first.notes.footnotes + second.notes.footnotes)
    return TableElement(first.bodies + second.bodies, grids.joined((first.grid, rest)), notes)


def repeated_rows(first: TableElement, second: TableElement) -> int:
    """How many rows at the head of ``second`` repeat the head of ``first``."""
    if first.grid is None or second.grid is None:
        return 0
    count = 0
    above_spans = False
    for mine, theirs in zip(first.grid.rows[:_MAX_HEADER], second.grid.rows, strict=False):
        if mine.texts != theirs.texts or not any(mine.texts):
            break
        # Below the first row only certain header rows count as repeated: equal rows of data are data.
        if count and not (mine.head or above_spans or all(cell.tag == "th" for cell in mine.cells)):
            break
        above_spans = any(cell.rowspan > 1 or cell.colspan > 1 for cell in mine.cells)
        count += 1
    return count


def _says_again(caption: str, earlier: set[str]) -> bool:
    return caption in earlier or _CONTINUATION.search(caption) is not None


def _new_caption(first: TableElement, second: TableElement) -> bool:
    """Whether the second has a caption that is neither "continued" nor the first's own again."""
    if not second.notes.captions:
        return False
    text = " ".join(fold(part.content) for part in second.notes.captions)
    if _CONTINUATION.search(text):
        return False
    earlier = " ".join(fold(part.content) for part in first.notes.captions)
    mine, theirs = _LABEL.search(earlier), _LABEL.search(text)
    return text != earlier and not (mine and theirs and mine[1] == theirs[1])


def _own_header(table: TableElement) -> bool:
    rows = table.grid.rows if table.grid else ()
    return bool(rows) and (rows[0].head or all(cell.tag == "th" for cell in rows[0].cells))


def _aligned(first: Part, second: Part) -> bool:
    a, b = first.block.bbox, second.block.bbox
    return abs(a[0] - b[0]) < _ALIGNED and abs(a[2] - b[2]) < _ALIGNED and a[3] > _LOW and b[1] < _HIGH
