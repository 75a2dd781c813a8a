"""Text: how much of it is the same, wherever on the page its paragraphs stand."""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.quality.matching.align import Match
from mineru_cli.quality.matching.page_pair import PagePair, Piece


def text_score(pair: PagePair) -> float | None:
    """1 - the smaller of two edit distances, each a share of the longer text; None without any text.

    In order: the whole text of the page, paragraphs joined by blanks, so that splitting one costs nothing.
    Matched: paragraph by paragraph as paired, what has no partner joined in order, so that moving one costs
    nothing here (``order`` says that it moved).
    """
    base, run = pair.base.texts, pair.run.texts
    if not base and not run:
        return None
    if not base or not run:
        return 0.0
    return 1.0 - _in_order(base, run, at_most=_matched(base, run, pair.texts))


def _in_order(base: Sequence[Piece], run: Sequence[Piece], *, at_most: float) -> float:
    """The distance in order, or ``at_most`` where that is less: a bound makes it much cheaper to find out."""
    from rapidfuzz.distance import Levenshtein

    found = Levenshtein.normalized_distance(_joined(base), _joined(run), score_cutoff=at_most)
    return min(at_most, float(found))


def _matched(base: Sequence[Piece], run: Sequence[Piece], matches: Sequence[Match]) -> float:
    from rapidfuzz.distance import Levenshtein

    paired_base, paired_run = {m.base for m in matches}, {m.run for m in matches}
    rest_base = _joined([piece for i, piece in enumerate(base) if i not in paired_base])
    rest_run = _joined([piece for j, piece in enumerate(run) if j not in paired_run])
    edits = Levenshtein.distance(rest_base, rest_run) + sum(m.distance for m in matches)
    longest = max(len(rest_base), len(rest_run)) + sum(
        max(len(base[m.base].text), len(run[m.run].text)) for m in matches
    )
    return edits / longest


def _joined(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)
