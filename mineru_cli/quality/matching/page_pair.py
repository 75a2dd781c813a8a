"""Two pages prepared for scoring: every block in norm-v1, linked to its counterparts on the other page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from mineru_cli.quality.blocks import ComparedBlock, Kind, Page
from mineru_cli.quality.matching.align import TEXT_CUTOFF, match
from mineru_cli.quality.matching.link import Link, Piece, unlinked
from mineru_cli.quality.matching.regroup import regroup
from mineru_cli.quality.normalise import UnicodeForm, normalise, normalise_latex
from mineru_cli.quality.numbers import numerals
from mineru_cli.quality.table import read_table

_CLOSE = 0.25
"""Blocks of one kind this close are the same block; only the rest may be grouped or have changed type."""

_ANY_COST = 1.0
"""Tables and formulas pair at any distance: their score measures it."""

_CUTOFFS = {Kind.TEXT: TEXT_CUTOFF, Kind.TABLE: _ANY_COST, Kind.FORMULA: _ANY_COST}


@dataclass(frozen=True)
class Side:
    """One page of one run. ``pieces`` are its scored blocks in reading order; none is without text.

    ``asides`` are the texts of headers, footers and the like: reported, not scored.
    """

    pieces: tuple[Piece, ...]
    images: tuple[ComparedBlock, ...] = ()
    asides: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Piece, ...]:
        """Pieces of one kind."""
        return tuple(piece for piece in self.pieces if piece.kind is kind)

    @cached_property
    def content(self) -> str:
        """All scored text in reading order, one line per block."""
        return "\n".join(piece.text for piece in self.pieces)

    @cached_property
    def numerals(self) -> Counter[str]:
        """The page's numerals as a multiset."""
        return numerals(self.content)

    def without(self, left_out: Sequence[Piece]) -> Side:
        """The same page without some of its pieces."""
        places = {piece.place for piece in left_out}
        return Side(tuple(p for p in self.pieces if p.place not in places), self.images, self.asides)


@dataclass(frozen=True)
class PagePair:
    """The same page of two runs. A page missing in one run is an empty side.

    ``additional`` are pieces of either run that were marked as additional text and that the other run does
    not have. They are not part of the sides: reported, not scored.
    """

    index: int
    base: Side
    run: Side
    links: tuple[Link, ...]
    additional: tuple[tuple[Piece, ...], tuple[Piece, ...]] = ((), ())

    @property
    def equal(self) -> bool:
        """Whether both pages are identical, block by block."""
        return self.base is self.run

    @cached_property
    def loose(self) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
        """Pieces of either page without a counterpart on the other."""
        base, run = unlinked(self.base.pieces, self.run.pieces, self.links)
        return tuple(base), tuple(run)


def read_side(page: Page | None, form: UnicodeForm = "NFKC") -> Side:
    """The scored blocks of ``page`` in norm-v1. A missing page is an empty one."""
    pieces: list[Piece] = []
    images, asides = [], []
    for block in page.blocks if page else ():
        if block.kind is Kind.IMAGE:
            images.append(block)
        elif block.kind is Kind.ASIDE:
            asides.append(normalise(block.text, form))
        elif (piece := _piece(len(pieces), block, form)) is not None:
            pieces.append(piece)
    return Side(tuple(pieces), tuple(images), tuple(filter(None, asides)))


def pair_pages(index: int, base: Page | None, run: Page | None, form: UnicodeForm = "NFKC") -> PagePair:
    """Both pages with their pieces linked. Equal pages are parsed once."""
    left = read_side(base, form)
    if base is not None and run is not None and base.blocks == run.blocks:
        return PagePair(index, left, left, tuple(Link((piece,), (piece,), 0) for piece in left.pieces))
    right = read_side(run, form)
    pair = PagePair(index, left, right, tuple(_links(left.pieces, right.pieces)))
    base_only, run_only = (tuple(p for p in loose if p.block.extra) for loose in pair.loose)
    if not base_only and not run_only:
        return pair
    return PagePair(
        index, left.without(base_only), right.without(run_only), pair.links, (base_only, run_only)
    )


def _piece(place: int, block: ComparedBlock, form: UnicodeForm) -> Piece | None:
    if block.kind is Kind.TABLE:
        table = read_table(block.text, form)
        return Piece(place, block, table.text, table) if table.rows else None
    text = normalise_latex(block.text, form) if block.kind is Kind.FORMULA else normalise(block.text, form)
    return Piece(place, block, text) if text else None


def _links(base: Sequence[Piece], run: Sequence[Piece]) -> list[Link]:
    """Link close blocks of one kind first, then one with several or with another kind, then the rest."""
    links: list[Link] = []
    for kind in _CUTOFFS:
        links += _one_to_one(_of(base, kind), _of(run, kind), _CLOSE)
    base, run = unlinked(base, run, links)
    if base and run:
        links += regroup(base, run)
        base, run = unlinked(base, run, links)
        for kind, cutoff in _CUTOFFS.items():
            links += _one_to_one(_of(base, kind), _of(run, kind), cutoff)
    return sorted(links, key=lambda link: link.base[0].place)


def _one_to_one(base: Sequence[Piece], run: Sequence[Piece], cutoff: float) -> list[Link]:
    found = match([piece.text for piece in base], [piece.text for piece in run], cutoff)
    return [Link((base[m.base],), (run[m.run],), m.distance) for m in found]


def _of(pieces: Iterable[Piece], kind: Kind) -> list[Piece]:
    return [piece for piece in pieces if piece.kind is kind]
