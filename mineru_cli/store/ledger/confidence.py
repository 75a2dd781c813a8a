"""Confidences of pages in the ledger: a separate table, created with the first one.

So a ledger of an older version stays readable and writable, and a run without ``--confidence`` pays nothing.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from mineru_cli.domain.confidence import BlockConfidence, Confidence, PageConfidence

TABLE = """
CREATE TABLE IF NOT EXISTS confidences (
    document INTEGER NOT NULL,
    page INTEGER NOT NULL,
    mean REAL NOT NULL,
    lowest REAL NOT NULL,
    tokens INTEGER NOT NULL,
    block INTEGER NOT NULL,
    type TEXT NOT NULL,
    block_mean REAL NOT NULL,
    block_lowest REAL NOT NULL,
    PRIMARY KEY (document, page)
) WITHOUT ROWID
"""
_KEEP = """
INSERT OR REPLACE INTO confidences
SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM documents WHERE key = ?
"""
_OVERALL = """
SELECT SUM(c.mean * c.tokens) / SUM(c.tokens), MIN(c.lowest), SUM(c.tokens), COUNT(*)
FROM confidences c JOIN documents d ON d.id = c.document WHERE :run IS NULL OR d.run = :run
"""
_LEAST = """
SELECT d.key, c.page, c.block, c.type, c.block_mean, c.block_lowest
FROM confidences c JOIN documents d ON d.id = c.document WHERE :run IS NULL OR d.run = :run
ORDER BY c.block_mean, d.key, c.page LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class UncertainBlock:
    """The least certain block of a page. ``page`` counts from 0."""

    key: str
    page: int
    block: BlockConfidence


@dataclass(frozen=True, slots=True)
class ConfidenceTotals:
    """Sums over all tokens of ``pages`` pages, and the least certain block of the least certain pages."""

    overall: Confidence
    pages: int
    least: tuple[UncertainBlock, ...]


def has_confidences(db: sqlite3.Connection) -> bool:
    """Whether any run stored some."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'confidences'"
    return db.execute(query).fetchone() is not None


def keep_confidence(db: sqlite3.Connection, key: str, page: int, value: PageConfidence) -> None:
    """Store a page's confidence. ``TABLE`` must exist."""
    least = value.least
    row = (page, value.mean, value.lowest, value.tokens, least.block, least.type, least.mean, least.lowest)
    db.execute(_KEEP, (*row, key))


def confidence_totals(db: sqlite3.Connection, run: int | None, limit: int) -> ConfidenceTotals | None:
    """Totals of one run's documents, or of all; None where there are none."""
    if not has_confidences(db):
        return None
    mean, lowest, tokens, pages = db.execute(_OVERALL, {"run": run}).fetchone()
    if not pages:
        return None
    rows = db.execute(_LEAST, {"run": run, "limit": limit}).fetchall()
    least = tuple(UncertainBlock(key, page, BlockConfidence(*block)) for key, page, *block in rows)
    return ConfidenceTotals(Confidence(mean, lowest, tokens), pages, least)
