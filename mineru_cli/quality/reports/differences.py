"""Differences of a page by block, word and cell, ready for rendering."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from mineru_cli.quality.blocks import Kind
from mineru_cli.quality.matching.link import Link, Piece, joined_table
from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.metrics.types import named_types
from mineru_cli.quality.table import ComparedCell, ComparedTable

Status = Literal["equal", "moved", "changed", "missing", "extra"]
Word = tuple[Status | Literal["skipped"], str]
"""A run of words: in both, only in the base (missing), only in the run (extra), or omitted here."""

_LONGEST_TEXT = 20_000
_MOST_ROWS = 400
_MOST_CELLS = 60
_WORDS_BESIDE = 25
_ROWS_BESIDE = 1
_ROWS_LOST = 6
"""Words and rows of context around a difference, and rows shown of those lost together."""


@dataclass(frozen=True, slots=True)
class CellDifference:
    """One cell of a table. Both texts are the same if it is equal, or if only the spans differ."""

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
    """One block of either run, or linked blocks of both.

    ``rows`` is for tables, else ``words``. ``kind`` is the type of the block, or the old and the new type.
    ``number`` numbers the blocks of the page; the boxes of a block have the same number.
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
    """One page: the differing blocks, the number of equal ones, and the boxes of either side."""

    number: int
    blocks: tuple[BlockDifference, ...]
    equal: int
    base_boxes: tuple[DrawnBox, ...]
    run_boxes: tuple[DrawnBox, ...]


Content = tuple[tuple[Piece, ...], tuple[Piece, ...]]
"""The same content in both runs; a side without it has no pieces."""


class _Chain(NamedTuple):
    """Linked list of blocks, last one first."""

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
    """Merge both texts into one sequence of words; where they differ, the base's come first."""
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


def table_difference(base: ComparedTable, run: ComparedTable) -> tuple[RowDifference, ...]:
    """Merge both tables: rows in order, differing cells with both texts, long equal stretches cut."""
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


def _in_order(pair: PagePair) -> Iterator[Content]:
    """Blocks with their counterparts, in order of place."""
    loose_base, loose_run = pair.loose
    found: list[tuple[float, Content]] = [(link.base[0].place, (link.base, link.run)) for link in pair.links]
    found += [(piece.place, ((piece,), ())) for piece in loose_base]
    found += [(piece.place + 0.5, ((), (piece,))) for piece in loose_run]
    found.sort(key=lambda entry: entry[0])
    return (blocks for _, blocks in found)


def _moved(pair: PagePair) -> set[int]:
    """Places in the base of blocks that moved: the linked ones outside a longest increasing subsequence."""
    places = sorted((link.base[0].place, link.run[0].place) for link in pair.links)
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


def _block(number: int, base: Sequence[Piece], run: Sequence[Piece], moved: set[int]) -> BlockDifference:
    kind = _kind(base, run)
    before, after = (" ".join(piece.text for piece in side) for side in (base, run))
    tables = all(piece.kind is Kind.TABLE for piece in (*base, *run))
    if base and run and before == after and (not tables or joined_table(base) == joined_table(run)):
        if _changed_type(base, run):
            return BlockDifference(number, "changed", kind, words=_opening(before.split()))
        if base[0].place in moved:
            return BlockDifference(number, "moved", kind, words=_opening(before.split()))
        return BlockDifference(number, "equal", kind)
    status: Status = "missing" if not run else "extra" if not base else "changed"
    if tables:
        return BlockDifference(
            number, status, kind, rows=table_difference(joined_table(base), joined_table(run))
        )
    return BlockDifference(number, status, kind, words=word_difference(before, after))


def _changed_type(base: Sequence[Piece], run: Sequence[Piece]) -> bool:
    return bool(base and run) and Link(tuple(base), tuple(run), 0).changed_type


def _kind(base: Sequence[Piece], run: Sequence[Piece]) -> str:
    if _changed_type(base, run):
        return f"{named_types(base)} → {named_types(run)}"
    piece = (*base, *run)[0]
    return (piece.block.type or piece.block.kind.value).replace("_", " ")


def _opening(words: Sequence[str]) -> tuple[Word, ...]:
    more = len(words) - _WORDS_BESIDE
    shown: Word = ("equal", " ".join(words[:_WORDS_BESIDE]))
    return (shown, ("skipped", f"{more} more words")) if more > 0 else (shown,)


def _beside(words: Sequence[str], *, first: bool, last: bool) -> list[Word]:
    """Equal words; of long stretches only those next to a difference."""
    head = 0 if first else _WORDS_BESIDE
    tail = 0 if last else _WORDS_BESIDE
    skipped = len(words) - head - tail
    if skipped <= _WORDS_BESIDE or (first and last):
        return [("equal", " ".join(words))]
    shown: list[Word] = [("equal", " ".join(words[:head]))] if head else []
    shown.append(("skipped", f"{skipped} equal words"))
    return shown + ([("equal", " ".join(words[-tail:]))] if tail else [])


def _rows(
    before: Sequence[tuple[ComparedCell, ...]], after: Sequence[tuple[ComparedCell, ...]]
) -> Iterator[RowDifference]:
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


def _cells(base: Sequence[ComparedCell], run: Sequence[ComparedCell]) -> Iterator[CellDifference]:
    from rapidfuzz.distance import Levenshtein

    before, after = base[:_MOST_CELLS], run[:_MOST_CELLS]
    for step in Levenshtein.opcodes(before, after):
        old, new = before[step.src_start : step.src_end], after[step.dest_start : step.dest_end]
        shared = min(len(old), len(new))
        for a, b in zip(old[:shared], new[:shared], strict=True):
            yield CellDifference("equal" if a == b else "changed", a.text, b.text)
        yield from (CellDifference("missing", cell.text, cell.text) for cell in old[shared:])
        yield from (CellDifference("extra", cell.text, cell.text) for cell in new[shared:])


def _boxes(pieces: Sequence[Piece], block: BlockDifference) -> Iterator[DrawnBox]:
    for piece in pieces:
        if piece.block.box is not None:
            left, top, right, bottom = (value / 10 for value in piece.block.box)
            yield DrawnBox(block.number, block.status, block.kind, left, top, right - left, bottom - top)
