"""Tables: TEDS of those that both pages have, with text and without."""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.quality.blocks import Kind
from mineru_cli.quality.matching.link import Piece
from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.metrics.measure import Measure, combined
from mineru_cli.quality.table import ComparedTable
from mineru_cli.quality.teds.similarity import teds


def table_score(pair: PagePair) -> Measure | None:
    """Mean TEDS, weighted by the characters of the tables; a lost and an invented table both count 0.

    None without tables.
    """
    return _measure(pair, structure=False)


def table_structure_score(pair: PagePair) -> Measure | None:
    """The same without the texts of the cells (TEDS-S)."""
    return _measure(pair, structure=True)


def _measure(pair: PagePair, *, structure: bool) -> Measure | None:
    linked = [
        Measure(
            1.0 if pair.equal else teds(_table(link.base), _table(link.run), structure=structure), link.amount
        )
        for link in pair.links
        if link.kind is Kind.TABLE
    ]
    loose = [Measure(0.0, p.amount) for side in pair.loose for p in side if p.kind is Kind.TABLE]
    return combined([*linked, *loose])


def _table(pieces: Sequence[Piece]) -> ComparedTable:
    """One table; of a table in several parts the rows of all of them."""
    tables = [piece.table for piece in pieces if piece.table is not None]
    return (
        tables[0] if len(tables) == 1 else ComparedTable(tuple(row for table in tables for row in table.rows))
    )
