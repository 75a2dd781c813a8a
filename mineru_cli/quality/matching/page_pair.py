"""Two pages made ready for scoring: every block in norm-v1, pieces paired one to one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from mineru_cli.quality.blocks import Block, Kind, Page
from mineru_cli.quality.matching.align import TEXT_CUTOFF, Match, match
from mineru_cli.quality.normalise import UnicodeForm, normalise, normalise_latex
from mineru_cli.quality.numbers import numerals
from mineru_cli.quality.table import Table, read_table

_ANY_COST = 1.0
"""Tables and formulas pair however far apart: their score says how far."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One scored block. ``text`` is its norm-v1; ``place`` counts the scored blocks of the page."""

    place: int
    block: Block
    text: str
    table: Table | None = None


@dataclass(frozen=True)
class Side:
    """One page of one run, by what is scored how. Blocks without any text are not there.

    ``asides`` are the texts of headers, footers and the like: told, not scored.
    """

    texts: tuple[Piece, ...]
    tables: tuple[Piece, ...]
    formulas: tuple[Piece, ...]
    images: tuple[Block, ...]
    asides: tuple[str, ...]

    @cached_property
    def content(self) -> str:
        """Everything that is scored, in reading order, one line a block."""
        pieces = sorted((*self.texts, *self.tables, *self.formulas), key=lambda piece: piece.place)
        return "\n".join(piece.text for piece in pieces)

    @cached_property
    def numerals(self) -> Counter[str]:
        """The page's numerals as a multiset."""
        return numerals(self.content)


@dataclass(frozen=True, slots=True)
class PagePair:
    """The same page of two runs. A page that one run lacks is an empty side."""

    index: int
    base: Side
    run: Side
    texts: tuple[Match, ...]
    tables: tuple[Match, ...]
    formulas: tuple[Match, ...]


def read_side(page: Page | None, form: UnicodeForm = "NFKC") -> Side:
    """The scored blocks of ``page`` in norm-v1. A missing page is an empty one."""
    pieces: dict[Kind, list[Piece]] = {Kind.TEXT: [], Kind.TABLE: [], Kind.FORMULA: []}
    images, asides = [], []
    place = 0
    for block in page.blocks if page else ():
        if block.kind is Kind.IMAGE:
            images.append(block)
        elif block.kind is Kind.ASIDE:
            asides.append(normalise(block.text, form))
        elif (piece := _piece(place, block, form)) is not None:
            pieces[block.kind].append(piece)
            place += 1
    texts, tables, formulas = map(tuple, pieces.values())
    return Side(texts, tables, formulas, tuple(images), tuple(filter(None, asides)))


def pair_pages(index: int, base: Page | None, run: Page | None, form: UnicodeForm = "NFKC") -> PagePair:
    """Both pages with their pieces paired. Equal pages are read once."""
    left = read_side(base, form)
    right = (
        left if base is not None and run is not None and base.blocks == run.blocks else read_side(run, form)
    )
    return PagePair(
        index,
        left,
        right,
        _matches(left.texts, right.texts, TEXT_CUTOFF),
        _matches(left.tables, right.tables, _ANY_COST),
        _matches(left.formulas, right.formulas, _ANY_COST),
    )


def _piece(place: int, block: Block, form: UnicodeForm) -> Piece | None:
    if block.kind is Kind.TABLE:
        table = read_table(block.text, form)
        return Piece(place, block, table.text, table) if table.rows else None
    text = normalise_latex(block.text, form) if block.kind is Kind.FORMULA else normalise(block.text, form)
    return Piece(place, block, text) if text else None


def _matches(base: tuple[Piece, ...], run: tuple[Piece, ...], cutoff: float) -> tuple[Match, ...]:
    return match([piece.text for piece in base], [piece.text for piece in run], cutoff)
