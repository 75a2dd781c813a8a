"""Text: how much of it is the same, wherever on the page its paragraphs stand."""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.quality.blocks import Kind
from mineru_cli.quality.matching.link import Link, Piece
from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.metrics.measure import Measure


def text_score(pair: PagePair) -> Measure | None:
    """1 - the smaller of two edit distances, each a share of the longer text; None without any text.

    In order: the whole text of the page, paragraphs joined by blanks, so that splitting one costs nothing.
    Linked: paragraph by paragraph as linked, what has no counterpart joined in order, so that moving one
    costs nothing here (``order`` says that it moved). Content that is text in one run and a table or formula
    in the other is counted here, by the edits between the two, whatever their type.
    """
    between = [link for link in pair.links if link.kind is None]
    apart_base = {piece.place for link in between for piece in link.base}
    apart_run = {piece.place for link in between for piece in link.run}
    base = [piece for piece in pair.base.of(Kind.TEXT) if piece.place not in apart_base]
    run = [piece for piece in pair.run.of(Kind.TEXT) if piece.place not in apart_run]
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
    """The distance in order, or ``at_most`` where that is less: a bound makes it much cheaper to find out."""
    from rapidfuzz.distance import Levenshtein

    found = Levenshtein.normalized_distance(_joined(base), _joined(run), score_cutoff=at_most)
    return min(at_most, float(found))


def _linked(base: Sequence[Piece], run: Sequence[Piece], links: Sequence[Link]) -> float:
    from rapidfuzz.distance import Levenshtein

    texts = [link for link in links if link.kind is Kind.TEXT]
    left = {piece.place for link in texts for piece in link.base}
    right = {piece.place for link in texts for piece in link.run}
    rest_base = _joined([piece for piece in base if piece.place not in left])
    rest_run = _joined([piece for piece in run if piece.place not in right])
    edits = Levenshtein.distance(rest_base, rest_run) + sum(link.distance for link in texts)
    longest = max(len(rest_base), len(rest_run)) + sum(link.length for link in texts)
    return edits / longest


def _joined(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)


def _length(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces) + max(0, len(pieces) - 1)
