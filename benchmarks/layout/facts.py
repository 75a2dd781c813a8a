"""What is true of a drawn page, and whether a converted page says it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import lxml.html

Cells = tuple[tuple[str, ...], ...]
"""Rows of texts; a cell that spans several stands in its first, the others are empty."""

COUNTED = ("present", "absent", "order", "heading", "cell")


@dataclass(frozen=True)
class Fact:
    """One thing that is true of a page.

    ``sort`` is "present" or "absent" (``text``), "order" (``text`` stands before ``other``), "heading" (a
    heading holds ``text``), or "cell": some table has a cell ``text`` whose neighbour on the ``side`` (left,
    up, or the outermost cells of the row or column, "row" and "column") is ``other``.
    """

    sort: str
    text: str
    other: str = ""
    side: str = ""


@dataclass
class Truth:
    """The facts of one page and its tables, whole. ``may_have_tables`` is False where any table is an error."""

    facts: list[Fact] = field(default_factory=list)
    tables: list[Cells] = field(default_factory=list)
    may_have_tables: bool = True

    def present(self, *texts: str) -> None:
        self.facts += [Fact("present", text) for text in texts]

    def absent(self, *texts: str) -> None:
        self.facts += [Fact("absent", text) for text in texts]

    def heading(self, text: str) -> None:
        self.facts.append(Fact("heading", text))

    def order(self, *texts: str) -> None:
        """Each text stands before the next one."""
        self.facts += [Fact("order", a, b) for a, b in pairwise(texts)]

    def cell(self, text: str, side: str, other: str) -> None:
        self.facts.append(Fact("cell", text, other, side))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """The whole table, and facts about some of its cells."""
        self.tables.append(tuple(tuple(row) for row in rows))


_TAG = re.compile(r"</?[A-Za-z][^>]*>")
_MARKS = re.compile(r"[*_`#|\\]|!\[[^\]]*\]\([^)]*\)")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-") | {
    ord("’"): "'",
    ord("‘"): "'",
    ord("“"): '"',
    ord("”"): '"',
}


def plain(text: str) -> str:
    """Text without white space, markup and differences of typography."""
    text = unicodedata.normalize("NFKC", _MARKS.sub("", _TAG.sub(" ", text))).translate(_DASHES)
    text = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    return "".join(text.split()).lower()


def tables_of(markdown: str) -> list[dict[tuple[int, int], str]]:
    """Texts of the HTML tables by row and column; spans repeat nothing."""
    found = []
    for html in re.findall(r"<table.*?</table>", markdown, re.DOTALL):
        cells: dict[tuple[int, int], str] = {}
        taken: set[tuple[int, int]] = set()
        for r, row in enumerate(lxml.html.fragment_fromstring(html).iter("tr")):
            c = 0
            for cell in row:
                while (r, c) in taken:
                    c += 1
                high, wide = int(cell.get("rowspan", 1)), int(cell.get("colspan", 1))
                taken |= {(r + i, c + j) for i in range(high) for j in range(wide)}
                cells[r, c] = plain(cell.text_content())
                c += wide
        found.append(cells)
    return found


def holds(fact: Fact, markdown: str) -> bool:
    """Whether the converted page says it."""
    page = plain(markdown)
    text, other = plain(fact.text), plain(fact.other)
    if fact.sort == "present":
        return text in page
    if fact.sort == "absent":
        return text not in page
    if fact.sort == "order":
        a, b = page.find(text), page.rfind(other)  # sentences may come twice
        return 0 <= a < b
    if fact.sort == "heading":
        return any(text in plain(line) for line in markdown.splitlines() if line.startswith("#"))
    return any(_has_cell(cells, text, other, fact.side) for cells in tables_of(markdown))


def _has_cell(cells: dict[tuple[int, int], str], text: str, other: str, side: str) -> bool:
    for (r, c), content in cells.items():
        if content != text:
            continue
        if side in ("left", "row"):
            beside = [(k, v) for (q, k), v in cells.items() if q == r and k < c and v]
        else:
            beside = [(q, v) for (q, k), v in cells.items() if k == c and q < r and v]
        values = [v for _, v in sorted(beside)]
        wanted = values[-1:] if side in ("left", "up") else values
        if other in wanted:
            return True
    return False


def cell_f1(truth: Cells, markdown: str) -> float | None:
    """F1 over (row, column, text) against the table of the page that fits best; None where none is alike.

    Rows and columns count from the first that hold anything, on both sides.
    """
    wanted = _squeezed({(r, c): plain(t) for r, row in enumerate(truth) for c, t in enumerate(row)})
    texts = {t for _, _, t in wanted}
    best: float | None = None
    for cells in tables_of(markdown):
        mine = _squeezed(cells)
        if len(texts & {t for _, _, t in mine}) < 0.3 * len(texts):
            continue
        score = 2 * len(mine & wanted) / (len(mine) + len(wanted))
        best = max(best or 0.0, score)
    return best


def _squeezed(cells: dict[tuple[int, int], str]) -> set[tuple[int, int, str]]:
    """Cells with text, in rows and columns without the empty ones."""
    kept = {place: text for place, text in cells.items() if text}
    rows = {r: n for n, r in enumerate(sorted({r for r, _ in kept}))}
    columns = {c: n for n, c in enumerate(sorted({c for _, c in kept}))}
    return {(rows[r], columns[c], text) for (r, c), text in kept.items()}
