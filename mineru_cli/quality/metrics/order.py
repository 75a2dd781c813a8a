"""Reading order: are the pieces that both pages have in the same order."""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.quality.matching.align import Match
from mineru_cli.quality.matching.page_pair import PagePair, Piece


def order_score(pair: PagePair) -> float | None:
    """1 - Lev(order of the matched pieces, sorted) / their number; None when neither page has any piece.

    Paragraphs, tables and formulas count alike. Pieces without a partner are the other scores' matter, but
    where nothing at all has a partner there is no order to speak of: 0.
    """
    places = sorted(
        [
            *_places(pair.base.texts, pair.run.texts, pair.texts),
            *_places(pair.base.tables, pair.run.tables, pair.tables),
            *_places(pair.base.formulas, pair.run.formulas, pair.formulas),
        ]
    )
    if not places:
        return 0.0 if pair.base.content or pair.run.content else None
    order = [run for _, run in places]
    if order == sorted(order):
        return 1.0
    from rapidfuzz.distance import Levenshtein

    return 1.0 - Levenshtein.distance(order, sorted(order)) / len(order)


def _places(base: Sequence[Piece], run: Sequence[Piece], matches: Sequence[Match]) -> list[tuple[int, int]]:
    return [(base[m.base].place, run[m.run].place) for m in matches]
