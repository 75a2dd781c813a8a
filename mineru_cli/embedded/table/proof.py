"""Whether rows of texts in columns are a table, not prose, a list, a table of contents or addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import Box

Cell = Box | None
Read = Callable[[Box], str]

SAMPLE = 30
"""Maximum number of cells that are recognised to judge a table."""

EDGE = 0.45
"""Tolerance for the edges of aligned cells, in line heights."""

WIDE = 14.0
"""Width above which a cell is prose, in line heights."""

BETWEEN = 1.6
"""Rows of a price list, with the descriptions between its entries, per entry, at least."""

_NUMBER = re.compile(
    r"^[\s$€£¥(+\-–—−~<>=≤≥±*]*\d[\d.,'’:/\s±]*(?:\([\d.,\s%–-]*\))?[\s%)*†‡a-z€$°]{0,4}$|^[-–—−.]{1,3}$|^n/?a$",
    re.IGNORECASE,
)
_PAGE = re.compile(r"^(?:\d{1,4}|[ivxlc]{1,6})$", re.IGNORECASE)
_COUNTER = re.compile(r"^[\[(]?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[\]).:]*$|^[•·▪◦–\-*]$")
_ENTRY = re.compile(
    r"^[^\W\d].*[^\d][\s,]\s*\d{1,4}(?:[-–]\d{1,4})?[nf]{0,2}(?:,\s*\d{1,4}(?:[-–]\d{1,4})?[nf]{0,2})*$"
)
"""An entry of an index: words, then pages."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_STEP = re.compile(r"^(\d{1,3})\s*[:.)]?$")
LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}")
_MATHS = re.compile(r"[=∑∫√∂∇∏≈≡∈]|\\")
_CURRENCY = re.compile(r"^[$€£¥]$")


@dataclass(frozen=True, slots=True)
class TableBody:
    """The full rows of a possible table: the hull of each cell or None; all rows have the same length.

    ``height`` is the height of a line in pixels, ``rows`` includes the rows with a single text.
    """

    cells: tuple[tuple[Cell, ...], ...]
    height: float
    rows: int

    def column(self, number: int) -> list[Box]:
        """The column's cells that are not empty, from top to bottom."""
        return [row[number] for row in self.cells if row[number] is not None]  # type: ignore[misc]

    @property
    def columns(self) -> int:
        """How many."""
        return len(self.cells[0])


def is_table(body: TableBody, read: Read) -> bool:
    """Whether the rows are a table."""
    if len(body.cells) < 3 or body.columns < 2:
        return False
    columns = [body.column(n) for n in range(body.columns)]
    texts = [_sampled(column, read, SAMPLE // body.columns + 2) for column in columns]
    if _is_maths(texts) or _is_contents(texts) or _is_index(texts) or _is_price_list(texts, body):
        return False
    if is_numbered_text(texts):
        return False
    numeric = [_share(t, _NUMBER) for t in texts]
    signs = [_share(t, _CURRENCY) > 0.6 for t in texts]
    figures = [n for n, share in enumerate(numeric) if share >= 0.6 and not signs[n]]
    if figures and figures != [0]:
        return _is_of_figures(body, columns, texts, figures)
    return _is_of_words(body, columns, texts)


def _sampled(column: Sequence[Box], read: Read, most: int) -> list[str]:
    step = max(1, len(column) // most)
    return [read(box).strip() for box in column[::step]]


def _share(texts: Sequence[str], pattern: re.Pattern[str], *, anywhere: bool = False) -> float:
    fits = pattern.search if anywhere else pattern.match
    return sum(bool(fits(t)) for t in texts) / len(texts) if texts else 0.0


def _is_maths(texts: Sequence[Sequence[str]]) -> bool:
    every = [t for column in texts for t in column]
    return sum(bool(_MATHS.search(t)) for t in every) > 0.2 * len(every)


def _is_contents(texts: Sequence[Sequence[str]]) -> bool:
    """The last column has page numbers, ascending or after leader dots, and the others have words."""
    last = [t for t in texts[-1] if t]
    if len(texts) > 3 or not last or _share(last, _PAGE) < 0.8:
        return False
    pages = [int(t) for t in last if t.isdigit()]
    rising = len(pages) > 1 and sum(a <= b for a, b in pairwise(pages)) >= 0.9 * (len(pages) - 1)
    middle = texts[1:-1] or texts[:1]
    leaders = any(LEADERS.search(t) for column in texts for t in column)
    words = all(_share(column, _NUMBER) < 0.3 for column in middle)
    return words and (rising or leaders)


def _is_index(texts: Sequence[Sequence[str]]) -> bool:
    """Entries with the numbers of their pages behind them, in all columns."""
    columns = [[t for t in column if t] for column in texts]
    return all(column and _share(column, _ENTRY) > 0.4 for column in columns)


def _is_price_list(texts: Sequence[Sequence[str]], body: TableBody) -> bool:
    """Dot leaders in several columns of words, or in one, with lines of text between the entries."""
    led = [_share(column, LEADERS, anywhere=True) for column in texts]
    if sum(share > 0 and any(_WORD.search(t) for t in c) for share, c in zip(led, texts, strict=True)) > 1:
        return True
    return len(texts) == 2 and led[0] > 0.5 and body.rows > BETWEEN * len(body.cells)


def are_entries(texts: Sequence[str]) -> bool:
    """Most of the texts are entries of an index."""
    return _share([t for t in texts if t], _ENTRY) > 0.5


def is_numbered_text(columns: Sequence[Sequence[str]]) -> bool:
    """Two columns: numbers that count lines or steps, and what they number: text, a program, an algorithm."""
    if len(columns) != 2 or len(columns[0]) < 3:
        return False
    counters = [int(m[1]) for t in columns[0] if (m := _STEP.match(t))]
    rising = all(0 < b - a < 6 for a, b in pairwise(counters))
    return len(counters) >= 0.8 * len(columns[0]) and rising and _share(columns[1], _NUMBER) < 0.3


def _alignment(column: Sequence[Box], height: float) -> float:
    """Share of the cells whose left edges, right edges or centres agree."""
    best = 0.0
    for edges in ([b.x0 for b in column], [b.x1 for b in column], [b.cx for b in column]):
        middle = median(edges)
        best = max(best, sum(abs(e - middle) < EDGE * height for e in edges) / len(edges))
    return best


def _is_of_figures(
    body: TableBody, columns: Sequence[Sequence[Box]], texts: Sequence[Sequence[str]], figures: Sequence[int]
) -> bool:
    """Numbers are aligned below one another, in one column next to labels or in several columns."""
    aligned = [_alignment(columns[n], body.height) for n in figures]
    if body.columns == 2:
        labels = [t for t in texts[0] if t]
        listed = _share(labels, _COUNTER) > 0.5 and figures == [1] and not _share(labels, _NUMBER) > 0.8
        return len(body.cells) >= 4 and min(aligned) >= 0.7 and not listed and _is_filled(body, columns)
    good = sum(share >= 0.55 for share in aligned)
    return good >= 0.6 * len(figures) and len(body.cells) * len(figures) >= 4 and _is_filled(body, columns)


def _is_filled(body: TableBody, columns: Sequence[Sequence[Box]]) -> bool:
    """The cells after the first column are short, and there are not more gaps than cells."""
    wide = sum(median(b.width for b in c) > WIDE * body.height for c in columns[1:] if c)
    return wide <= 0.5 * len(columns) and sum(map(len, columns)) >= 0.4 * len(columns) * len(body.cells)


def _is_of_words(body: TableBody, columns: Sequence[Sequence[Box]], texts: Sequence[Sequence[str]]) -> bool:
    """There are three columns of short left-aligned texts, most rows are full, and they are not prose.

    Of four columns or more one may be wide and one nearly full.
    """
    every = [t for column in texts for t in column]
    if body.columns < 3 or len(body.cells) < 5 or any("@" in t for t in every):
        return False
    if sum(_share(t, _COUNTER) > 0.6 for t in texts) > 1:
        return False
    left = [
        sum(abs(b.x0 - median(x.x0 for x in c)) < EDGE * body.height for b in c) / len(c) for c in columns
    ]
    full = sum(all(cell is not None for cell in row) for row in body.cells)
    starts = [columns[n + 1][0].x0 - columns[n][0].x0 for n in range(len(columns) - 1)]
    packed = sum(median(b.width for b in c) > 0.75 * start for c, start in zip(columns, starts, strict=False))
    wide = sum(median(b.width for b in c) > WIDE * body.height for c in columns)
    most = 1 if body.columns > 3 else 0
    return min(left) >= 0.7 and full >= 0.6 * len(body.cells) and packed <= most and wide <= most
