"""Displayed formulas: edit distance of their LaTeX in norm-v1. Formulas inside text are text."""

from __future__ import annotations

from math import fsum

from mineru_cli.quality.matching.page_pair import PagePair


def formula_score(pair: PagePair) -> float | None:
    """Sum of (1 - normalised distance) / max(count); None without formulas."""
    base, run = pair.base.formulas, pair.run.formulas
    if not base and not run:
        return None
    scores = [1.0 - m.distance / max(len(base[m.base].text), len(run[m.run].text)) for m in pair.formulas]
    return fsum(scores) / max(len(base), len(run))
