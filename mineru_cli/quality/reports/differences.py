"""What differs on a page, block by block, word by word and cell by cell, ready to be drawn."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from mineru_cli.quality.matching.align import Match
from mineru_cli.quality.matching.page_pair import PagePair, Piece
from mineru_cli.quality.table import Cell, Table

Status = Literal["equal", "moved", "changed", "missing", "extra"]
Word = tuple[Status | Literal["skipped"], str]
"""Words of one kind: in both, only in the base (missing), only in the run (extra), or left out here."""

_LONGEST_TEXT = 20_000
_MOST_ROWS = 400
_MOST_CELLS = 60
_WORDS_BESIDE = 25
_ROWS_BESIDE = 1
_ROWS_LOST = 6
"""Of what is equal so much is shown beside a difference, and of rows lost together so many."""


@dataclass(frozen=True, slots=True)
class CellDifference:
    """One cell of a table. Both texts are the same in an equal one, and where only the spans differ."""

    status: Status
    base: str
    run: str


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One row of a table, or ``skipped`` rows that are all equal, missing or extra, as ``status`` says."""

    status: Status
    cells: tuple[CellDifference, ...] = ()
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class BlockDifference:
    """One block, or a pair of blocks. ``rows`` is for tables, ``words`` for everything else.

    ``number`` counts the blocks of the page: the boxes of a block have the same.
    """

    number: int
    status: Status
    kind: str
    words: tuple[Word, ...] = ()
    rows: tuple[RowDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A block's place on the page, in per cent."""

    number: int
    status: Status
    kind: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageDifference:
    """One page: its blocks that differ, how many are equal, and the boxes of either side."""

    number: int
    blocks: tuple[BlockDifference, ...]
    equal: int
    base_boxes: tuple[DrawnBox, ...]
    run_boxes: tuple[DrawnBox, ...]


Pair = tuple[Piece | None, Piece | None]


class _Chain(NamedTuple):
    """Blocks in order, the last one first."""

    place: int
    before: _Chain | None


def page_difference(pair: PagePair) -> PageDifference:
    """The differences of one page, in the reading order of the base, then of the run."""
    blocks: list[BlockDifference] = []
    base_boxes: list[DrawnBox] = []
    run_boxes: list[DrawnBox] = []
    equal, moved = 0, _moved(pair)
    for number, (base, run) in enumerate(_in_order(pair)):
        block = _block(number, base, run, moved)
        if block.status == "equal":
            equal += 1
        else:
            blocks.append(block)
        base_boxes += _boxes(base, block)
        run_boxes += _boxes(run, block)
    return PageDifference(pair.index + 1, tuple(blocks), equal, tuple(base_boxes), tuple(run_boxes))


def word_difference(base: str, run: str) -> tuple[Word, ...]:
    """Both texts as one sequence of words, those of the base before those of the run where they differ."""
    from rapidfuzz.distance import Levenshtein

    before, after = base[:_LONGEST_TEXT].split(), run[:_LONGEST_TEXT].split()
    words: list[Word] = []
    for step in Levenshtein.opcodes(before, after):
        old, new = before[step.src_start : step.src_end], after[step.dest_start : step.dest_end]
        if step.tag == "equal":
            words += _beside(old, first=not step.src_start, last=step.src_end == len(before))
        else:
            words += [("missing", " ".join(old))] if old else []
            words += [("extra", " ".join(new))] if new else []
    return tuple(words)


def table_difference(base: Table, run: Table) -> tuple[RowDifference, ...]:
    """Both tables as one: rows in order, cells that differ with both texts, long equal stretches cut."""
    rows = _rows(base.rows[:_MOST_ROWS], run.rows[:_MOST_ROWS])
    shown: list[RowDifference] = []
    for status, together in groupby(rows, key=lambda row: row.status):
        stretch = list(together)
        head = _ROWS_LOST if status in ("missing", "extra") else _ROWS_BESIDE
        tail = _ROWS_BESIDE if status == "equal" else 0
        skipped = 0 if status == "changed" else len(stretch) - head - tail
        if skipped > 1:
            cut = RowDifference(status, skipped=skipped)
            shown += [*stretch[:head], cut, *stretch[len(stretch) - tail :]]
        else:
            shown += stretch
    return tuple(shown)


def _in_order(pair: PagePair) -> Iterator[Pair]:
    """Blocks with their partners, by their places."""
    found: list[tuple[float, Pair]] = []
    for base, run, matches in _kinds(pair):
        partner, taken = {m.base: m.run for m in matches}, {m.run for m in matches}
        for i, piece in enumerate(base):
            found.append((piece.place, (piece, run[partner[i]] if i in partner else None)))
        found += [(piece.place + 0.5, (None, piece)) for j, piece in enumerate(run) if j not in taken]
    found.sort(key=lambda entry: entry[0])
    return (blocks for _, blocks in found)


def _kinds(pair: PagePair) -> Iterator[tuple[Sequence[Piece], Sequence[Piece], Sequence[Match]]]:
    yield pair.base.texts, pair.run.texts, pair.texts
    yield pair.base.tables, pair.run.tables, pair.tables
    yield pair.base.formulas, pair.run.formulas, pair.formulas


def _moved(pair: PagePair) -> set[int]:
    """Places in the base of blocks that moved: of all paired ones those outside a longest run in order."""
    places = sorted(
        (base[m.base].place, run[m.run].place) for base, run, matches in _kinds(pair) for m in matches
    )
    ends: list[int] = []
    chains: list[_Chain] = []
    for base, run in places:
        length = bisect_left(ends, run)
        chain = _Chain(base, chains[length - 1] if length else None)
        ends[length : length + 1], chains[length : length + 1] = [run], [chain]
    moved = {base for base, _ in places}
    link = chains[-1] if chains else None
    while link is not None:
        moved.remove(link.place)
        link = link.before
    return moved


def _block(number: int, base: Piece | None, run: Piece | None, moved: set[int]) -> BlockDifference:
    kind = _kind(base or run)
    if base is not None and run is not None and base.text == run.text and base.table == run.table:
        if base.place in moved:
            return BlockDifference(number, "moved", kind, words=_opening(base.text.split()))
        return BlockDifference(number, "equal", kind)
    status: Status = "missing" if run is None else "extra" if base is None else "changed"
    tables = [piece.table for piece in (base, run) if piece is not None and piece.table is not None]
    if tables:
        before, after = (piece.table if piece and piece.table else Table(()) for piece in (base, run))
        return BlockDifference(number, status, kind, rows=table_difference(before, after))
    words = word_difference(base.text if base else "", run.text if run else "")
    return BlockDifference(number, status, kind, words=words)


def _kind(piece: Piece | None) -> str:
    return (piece.block.type or piece.block.kind.value).replace("_", " ") if piece else ""


def _opening(words: Sequence[str]) -> tuple[Word, ...]:
    more = len(words) - _WORDS_BESIDE
    shown: Word = ("equal", " ".join(words[:_WORDS_BESIDE]))
    return (shown, ("skipped", f"{more} more words")) if more > 0 else (shown,)


def _beside(words: Sequence[str], *, first: bool, last: bool) -> list[Word]:
    """Equal words, of many only those beside a difference."""
    head = 0 if first else _WORDS_BESIDE
    tail = 0 if last else _WORDS_BESIDE
    skipped = len(words) - head - tail
    if skipped <= _WORDS_BESIDE or (first and last):
        return [("equal", " ".join(words))]
    shown: list[Word] = [("equal", " ".join(words[:head]))] if head else []
    shown.append(("skipped", f"{skipped} equal words"))
    return shown + ([("equal", " ".join(words[-tail:]))] if tail else [])


def _rows(before: Sequence[tuple[Cell, ...]], after: Sequence[tuple[Cell, ...]]) -> Iterator[RowDifference]:
    from rapidfuzz.distance import Levenshtein

    for step in Levenshtein.opcodes(before, after):
        old, new = before[step.src_start : step.src_end], after[step.dest_start : step.dest_end]
        shared = min(len(old), len(new))
        for a, b in zip(old[:shared], new[:shared], strict=True):
            yield RowDifference("equal" if a == b else "changed", tuple(_cells(a, b)))
        for row in old[shared:]:
            yield RowDifference("missing", tuple(_cells(row, ())))
        for row in new[shared:]:
            yield RowDifference("extra", tuple(_cells((), row)))


def _cells(base: Sequence[Cell], run: Sequence[Cell]) -> Iterator[CellDifference]:
    from rapidfuzz.distance import Levenshtein

    before, after = base[:_MOST_CELLS], run[:_MOST_CELLS]
    for step in Levenshtein.opcodes(before, after):
        old, new = before[step.src_start : step.src_end], after[step.dest_start : step.dest_end]
        shared = min(len(old), len(new))
        for a, b in zip(old[:shared], new[:shared], strict=True):
            yield CellDifference("equal" if a == b else "changed", a.text, b.text)
        yield from (CellDifference("missing", cell.text, cell.text) for cell in old[shared:])
        yield from (CellDifference("extra", cell.text, cell.text) for cell in new[shared:])


def _boxes(piece: Piece | None, block: BlockDifference) -> Iterator[DrawnBox]:
    if piece is not None and piece.block.box is not None:
        left, top, right, bottom = (value / 10 for value in piece.block.box)
        yield DrawnBox(block.number, block.status, block.kind, left, top, right - left, bottom - top)
