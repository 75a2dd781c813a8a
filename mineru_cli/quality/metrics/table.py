"""Tables: TEDS of the matched ones over the number there should be, with text and without."""

from __future__ import annotations

from math import fsum

from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.table import Table
from mineru_cli.quality.teds.similarity import teds


def table_score(pair: PagePair) -> float | None:
    """Sum of TEDS / max(count): a lost table and an invented one both count 0. None without tables."""
    return _share(pair, structure=False)


def table_structure_score(pair: PagePair) -> float | None:
    """The same without the texts of the cells (TEDS-S)."""
    return _share(pair, structure=True)


def _share(pair: PagePair, *, structure: bool) -> float | None:
    base, run = pair.base.tables, pair.run.tables
    if not base and not run:
        return None
    scores = [
        teds(base[m.base].table or Table(()), run[m.run].table or Table(()), structure=structure)
        for m in pair.tables
    ]
    return fsum(scores) / max(len(base), len(run))
