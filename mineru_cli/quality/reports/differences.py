"""What differs on a page, block by block, word by word and cell by cell, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mineru_cli.quality.align import Match
from mineru_cli.quality.blocks import Box
from mineru_cli.quality.pair import PagePair, Piece
from mineru_cli.quality.table import Cell, Table

Status = Literal["equal", "changed", "missing", "extra"]
Word = tuple[Status, str]
"""Words of one kind: in both, only in the base (missing), only in the run (extra)."""

_LONGEST_TEXT = 20_000
_MOST_ROWS = 400
_MOST_CELLS = 60


@dataclass(frozen=True, slots=True)
class CellDifference:
    """One cell of a table; both texts are the same in an equal one."""

    status: Status
    base: str
    run: str


@dataclass(frozen=True, slots=True)
class BlockDifference:
    """One block, or a pair of blocks. ``rows`` is for tables, ``words`` for everything else."""

    status: Status
    kind: str
    words: tuple[Word, ...] = ()
    rows: tuple[tuple[CellDifference, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A block's place on the page, in per cent."""

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


def page_difference(pair: PagePair) -> PageDifference:
    """The differences of one page, in the reading order of the base, then of the run."""
    base_status: dict[int, Status] = {}
    run_status: dict[int, Status] = {}
    found: list[tuple[float, BlockDifference]] = []
    for base, run, matches in _kinds(pair):
        paired_base, paired_run = {m.base: m.run for m in matches}, {m.run for m in matches}
        for i, piece in enumerate(base):
            other = run[paired_base[i]] if i in paired_base else None
            difference = _block(piece, other)
            base_status[piece.place] = difference.status
            if other is not None:
                run_status[other.place] = difference.status
            found.append((piece.place, difference))
        for j, piece in enumerate(run):
            if j not in paired_run:
                run_status[piece.place] = "extra"
                found.append((piece.place + 0.5, _block(None, piece)))
    found.sort(key=lambda entry: entry[0])
    return PageDifference(
        pair.index + 1,
        tuple(block for _, block in found if block.status != "equal"),
        sum(block.status == "equal" for _, block in found),
        tuple(_boxes(pair.base.texts + pair.base.tables + pair.base.formulas, base_status)),
        tuple(_boxes(pair.run.texts + pair.run.tables + pair.run.formulas, run_status)),
    )


def word_difference(base: str, run: str) -> tuple[Word, ...]:
    """Both texts as one sequence of words, those of the base before those of the run where they differ."""
    from rapidfuzz.distance import Levenshtein

    before, after = base[:_LONGEST_TEXT].split(), run[:_LONGEST_TEXT].split()
    words: list[Word] = []
    for step in Levenshtein.opcodes(before, after):
        old, new = before[step.src_start : step.src_end], after[step.dest_start : step.dest_end]
        if step.tag == "equal":
            words.append(("equal", " ".join(old)))
        else:
            words += [("missing", " ".join(old))] if old else []
            words += [("extra", " ".join(new))] if new else []
    return tuple(words)


def table_difference(base: Table, run: Table) -> tuple[tuple[CellDifference, ...], ...]:
    """Both tables as one: rows in order, cells that differ with both texts."""
    from rapidfuzz.distance import Levenshtein

    before, after = base.rows[:_MOST_ROWS], run.rows[:_MOST_ROWS]
    rows: list[tuple[CellDifference, ...]] = []
    for step in Levenshtein.opcodes(before, after):
        old, new = before[step.src_start : step.src_end], after[step.dest_start : step.dest_end]
        shared = min(len(old), len(new))
        rows += [tuple(_cells(a, b)) for a, b in zip(old[:shared], new[:shared], strict=True)]
        rows += [tuple(_cells(row, ())) for row in old[shared:]]
        rows += [tuple(_cells((), row)) for row in new[shared:]]
    return tuple(rows)


def _kinds(pair: PagePair) -> Iterator[tuple[Sequence[Piece], Sequence[Piece], Sequence[Match]]]:
    yield pair.base.texts, pair.run.texts, pair.texts
    yield pair.base.tables, pair.run.tables, pair.tables
    yield pair.base.formulas, pair.run.formulas, pair.formulas


def _block(base: Piece | None, run: Piece | None) -> BlockDifference:
    piece = base or run
    if piece is None:
        return BlockDifference("equal", "")
    kind = piece.block.type or piece.block.kind.value
    if base is not None and run is not None and base.text == run.text and base.table == run.table:
        return BlockDifference("equal", kind)
    status: Status = "missing" if run is None else "extra" if base is None else "changed"
    if piece.table is not None:
        tables = [one.table if one and one.table else Table(()) for one in (base, run)]
        return BlockDifference(status, kind, rows=table_difference(*tables))
    words = word_difference(base.text if base else "", run.text if run else "")
    return BlockDifference(status, kind, words=words)


def _cells(base: Sequence[Cell], run: Sequence[Cell]) -> Iterator[CellDifference]:
    from rapidfuzz.distance import Levenshtein

    before, after = [c.text for c in base[:_MOST_CELLS]], [c.text for c in run[:_MOST_CELLS]]
    if not before or not after:
        status: Status = "missing" if before else "extra"
        yield from (CellDifference(status, text, text) for text in before or after)
        return
    for step in Levenshtein.opcodes(before, after):
        if step.tag == "equal":
            same = before[step.src_start : step.src_end]
            yield from (CellDifference("equal", text, text) for text in same)
        elif step.tag == "replace":
            pairs = zip(before[step.src_start : step.src_end], after[step.dest_start :], strict=False)
            yield from (CellDifference("changed", old, new) for old, new in pairs)
        elif step.tag == "delete":
            yield from (CellDifference("missing", t, t) for t in before[step.src_start : step.src_end])
        else:
            yield from (CellDifference("extra", t, t) for t in after[step.dest_start : step.dest_end])


def _boxes(pieces: Iterable[Piece], status: dict[int, Status]) -> Iterator[DrawnBox]:
    for piece in pieces:
        box: Box | None = piece.block.box
        if box is not None:
            left, top, right, bottom = (value / 10 for value in box)
            kind = piece.block.type or piece.block.kind.value
            yield DrawnBox(status.get(piece.place, "equal"), kind, left, top, right - left, bottom - top)
