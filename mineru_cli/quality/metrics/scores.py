"""The scores of one page: text, displayed formulas, tables, reading order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from mineru_cli.quality.blocks import Kind
from mineru_cli.quality.matching.link import Link, Piece, joined_table, unlinked
from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.teds.similarity import teds


@dataclass(frozen=True, slots=True)
class Measure:
    """``score`` in [0, 1], 1 is equal. ``amount`` is the number of characters measured, at least 1."""

    score: float
    amount: int


def combined(measures: Iterable[Measure | None]) -> Measure | None:
    """Mean of the measures present, weighted by amount; exactly 1 if all are 1."""
    present = [measure for measure in measures if measure is not None]
    if not present:
        return None
    amount = sum(measure.amount for measure in present)
    if all(measure.score == 1.0 for measure in present):
        return Measure(1.0, amount)
    return Measure(fsum(measure.score * measure.amount for measure in present) / amount, amount)


def text_score(pair: PagePair) -> Measure | None:
    """1 - the smaller of two edit distances relative to the longer text; None without any text.

    In order: the whole text of the page, paragraphs joined by spaces, so that a split costs nothing. Linked:
    paragraph by paragraph as linked, those without a counterpart joined in order, so that a move costs
    nothing here (``order`` covers it). Content that is text in one run and a table or formula in the other
    counts here, by the edits between the two.
    """
    between = [link for link in pair.links if link.kind is None]
    base, run = unlinked(pair.base.of(Kind.TEXT), pair.run.of(Kind.TEXT), between)
    amount = max(_length(base), _length(run))
    others = sum(link.length for link in between)
    if not amount + others:
        return None
    lost = 0.0 if pair.equal else _share(base, run, pair.links) * amount
    if not lost and not any(link.distance for link in between):
        return Measure(1.0, amount + others)
    lost += sum(link.distance for link in between)
    return Measure(1.0 - lost / (amount + others), amount + others)


def _share(base: Sequence[Piece], run: Sequence[Piece], links: Sequence[Link]) -> float:
    """The share of the text that differs."""
    if not base or not run:
        return 1.0 if base or run else 0.0
    return _in_order(base, run, at_most=_linked(base, run, links))


def _in_order(base: Sequence[Piece], run: Sequence[Piece], *, at_most: float) -> float:
    """The distance in order, capped at ``at_most``: a bound makes it much cheaper to compute."""
    from rapidfuzz.distance import Levenshtein

    found = Levenshtein.normalized_distance(_joined(base), _joined(run), score_cutoff=at_most)
    return min(at_most, float(found))


def _linked(base: Sequence[Piece], run: Sequence[Piece], links: Sequence[Link]) -> float:
    from rapidfuzz.distance import Levenshtein

    texts = [link for link in links if link.kind is Kind.TEXT]
    rest_base, rest_run = map(_joined, unlinked(base, run, texts))
    edits = Levenshtein.distance(rest_base, rest_run) + sum(link.distance for link in texts)
    longest = max(len(rest_base), len(rest_run)) + sum(link.length for link in texts)
    return edits / longest


def _joined(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)


def _length(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces) + max(0, len(pieces) - 1)


def formula_score(pair: PagePair) -> Measure | None:
    """Mean of 1 - normalised distance, weighted by length; a lost or invented formula counts 0.

    None without formulas.
    """
    linked = [Measure(link.likeness, link.amount) for link in pair.links if link.kind is Kind.FORMULA]
    loose = [Measure(0.0, p.amount) for side in pair.loose for p in side if p.kind is Kind.FORMULA]
    return combined([*linked, *loose])


def table_score(pair: PagePair) -> Measure | None:
    """Mean TEDS, weighted by the characters of the tables; lost and invented tables count 0.

    None without tables.
    """
    return _measure(pair, structure=False)


def table_structure_score(pair: PagePair) -> Measure | None:
    """``table_score`` without the texts of the cells (TEDS-S)."""
    return _measure(pair, structure=True)


def _measure(pair: PagePair, *, structure: bool) -> Measure | None:
    linked = [
        Measure(
            1.0 if pair.equal else teds(joined_table(link.base), joined_table(link.run), structure=structure),
            link.amount,
        )
        for link in pair.links
        if link.kind is Kind.TABLE
    ]
    loose = [Measure(0.0, p.amount) for side in pair.loose for p in side if p.kind is Kind.TABLE]
    return combined([*linked, *loose])


def order_score(pair: PagePair) -> Measure | None:
    """1 - Lev(order of the linked pieces, sorted) / their number; None if neither page has a piece.

    Paragraphs, tables and formulas have equal weight. Pieces without a counterpart are left to the other
    scores; if none has one, the score is 0.
    """
    amount = max(len(pair.base.content), len(pair.run.content))
    if not amount:
        return None
    if not pair.links:
        return Measure(0.0, amount)
    places = sorted((link.base[0].place, link.run[0].place) for link in pair.links)
    order = [run for _, run in places]
    if order == sorted(order):
        return Measure(1.0, amount)
    from rapidfuzz.distance import Levenshtein

    return Measure(1.0 - Levenshtein.distance(order, sorted(order)) / len(order), amount)
