"""Reading order: are the pieces that both pages have in the same order."""

from __future__ import annotations

from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.metrics.measure import Measure


def order_score(pair: PagePair) -> Measure | None:
    """1 - Lev(order of the linked pieces, sorted) / their number; None when neither page has any piece.

    Paragraphs, tables and formulas count alike. Pieces without a counterpart are the other scores' matter,
    but where nothing at all has one there is no order to speak of: 0.
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
