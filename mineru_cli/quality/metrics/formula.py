"""Displayed formulas: edit distance of their LaTeX in norm-v1. Formulas inside text are text."""

from __future__ import annotations

from mineru_cli.quality.blocks import Kind
from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.metrics.measure import Measure, combined


def formula_score(pair: PagePair) -> Measure | None:
    """Mean of 1 - normalised distance, weighted by length; a lost or invented formula counts 0.

    None without formulas.
    """
    linked = [Measure(link.likeness, link.amount) for link in pair.links if link.kind is Kind.FORMULA]
    loose = [Measure(0.0, p.amount) for side in pair.loose for p in side if p.kind is Kind.FORMULA]
    return combined([*linked, *loose])
