"""Read-only queries of a ledger, for reports and the viewer.

Works while a run writes to the folder, and in any thread: open one for each use, it is cheap.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from mineru_cli.domain.failure import Failure
from mineru_cli.store.ledger.confidence import has_confidences
from mineru_cli.store.ledger.faults import reading
from mineru_cli.store.ledger.integrity import open_for_reading

Order = Literal["name", "mean", "lowest"]

_VIEWS = """
CREATE TEMP VIEW problem_pages AS
    SELECT document, page FROM pages WHERE status = 'failed' OR flaws > 0;
CREATE TEMP VIEW problems AS
    SELECT d.key, p.page FROM documents d JOIN problem_pages p ON p.document = d.id
    UNION ALL
    SELECT key, -1 FROM documents
    WHERE status = 'failed' AND id NOT IN (SELECT document FROM problem_pages);
CREATE TEMP VIEW lines AS
    SELECT d.key, d.path, d.status, d.size, d.mtime_ns, d.pages, d.failed_pages, d.seconds, d.requests,
        d.retried, d.started, d.finished, d.code, d.message, d.hint,
        (SELECT COUNT(*) FROM problem_pages p WHERE p.document = d.id) AS problems, d.run,
        (SELECT SUM(c.mean * c.tokens) / SUM(c.tokens) FROM page_confidences c
            WHERE c.document = d.id) AS mean,
        (SELECT MIN(c.lowest) FROM page_confidences c WHERE c.document = d.id) AS lowest
    FROM documents d;
CREATE TEMP VIEW read_pages AS
    SELECT d.key, p.page, CAST(p.seconds AS REAL) AS seconds, d.run
    FROM pages p JOIN documents d ON d.id = p.document
    WHERE p.status IN ('done', 'incomplete') AND p.seconds > 0;
"""
_CONFIDENCES = "CREATE TEMP VIEW page_confidences AS SELECT document, page, mean, lowest, tokens FROM "
_NO_CONFIDENCES = "(SELECT 0 AS document, 0 AS page, 0 AS mean, 0 AS lowest, 0 AS tokens WHERE 0)"
_CHOSEN = """
FROM lines WHERE (:text = '' OR instr(lower(key), lower(:text)) > 0)
    AND (:all OR status = 'failed' OR problems > 0)
"""
_ORDERS = {"name": "key", "mean": "mean IS NULL, mean, key", "lowest": "lowest IS NULL, lowest, key"}
_UNCERTAIN = """
FROM page_confidences c JOIN documents d ON d.id = c.document
WHERE :text = '' OR instr(lower(d.key), lower(:text)) > 0
"""
_COUNT = f"SELECT COUNT(*) {_CHOSEN}"
_NEXT = "SELECT * FROM problems WHERE (key, page) > (:key, :page) ORDER BY key, page LIMIT 1"
_FIRST = "SELECT * FROM problems ORDER BY key, page LIMIT 1"
_PREVIOUS = "SELECT * FROM problems WHERE (key, page) < (:key, :page) ORDER BY key DESC, page DESC LIMIT 1"
_LAST = "SELECT * FROM problems ORDER BY key DESC, page DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document. ``problems`` counts its failed and flawed pages; ``path`` is ``os.fsdecode`` text.

    ``run`` is the number of the run that last worked on it. ``mean`` and ``lowest`` are the probabilities of
    the tokens of its pages, None where none were kept.
    """

    key: str
    path: str
    status: str
    size: int
    mtime_ns: int
    pages: int
    failed_pages: int
    seconds: float
    requests: int
    retried: int
    started: float | None
    finished: float | None
    failure: Failure | None
    problems: int
    run: int
    mean: float | None = None
    lowest: float | None = None


@dataclass(frozen=True, slots=True)
class PageLine:
    """One page of the ledger. ``index`` counts from 0, ``flaws`` is the number of flawed blocks."""

    index: int
    status: str
    seconds: float
    blocks: int
    flaws: int
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class UncertainPage:
    """A page with the probabilities, 0-1, of its tokens."""

    key: str
    index: int
    mean: float
    lowest: float


@dataclass(frozen=True, slots=True)
class SlowPage:
    """A page and the seconds it took."""

    key: str
    index: int
    seconds: float


class Archive:
    """A context manager. Everything raises ``OutputError`` for a ledger that cannot be read.

    ``run`` arguments take a run's number, or None for all runs on the folder.
    """

    def __init__(self, path: Path) -> None:
        """Open the ledger at ``path``."""
        self._path = path
        with reading(path), ExitStack() as opened:
            self._db = open_for_reading(path)
            opened.callback(self._db.close)
            known = "confidences" if has_confidences(self._db) else _NO_CONFIDENCES
            self._db.executescript(f"{_CONFIDENCES}{known};{_VIEWS}")
            opened.pop_all()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def _rows(self, query: str, **parameters: object) -> Iterator[Any]:
        with reading(self._path):
            yield from self._db.execute(query, parameters)

    def _number(self, query: str, **parameters: object) -> int:
        (row,) = self._rows(query, **parameters)
        return int(row[0])

    def documents(
        self,
        text: str = "",
        *,
        troubled: bool = False,
        order: Order = "name",
        offset: int = 0,
        limit: int = 200,
    ) -> list[DocumentRow]:
        """Documents whose key contains ``text`` (in any case); with ``troubled`` only those with problems.

        Ordered by key, or the least certain first, by their mean or lowest probability.
        """
        parameters = {"text": text, "all": not troubled, "limit": limit, "offset": offset}
        query = f"SELECT * {_CHOSEN} ORDER BY {_ORDERS[order]} LIMIT :limit OFFSET :offset"
        return [_document(row) for row in self._rows(query, **parameters)]

    def uncertain_pages(
        self, text: str = "", *, order: Order = "mean", offset: int = 0, limit: int = 200
    ) -> list[UncertainPage]:
        """Pages with a confidence, of documents whose key contains ``text``, the least certain first."""
        parameters = {"text": text, "limit": limit, "offset": offset}
        column = {"name": "d.key", "mean": "c.mean", "lowest": "c.lowest"}[order]
        query = f"SELECT d.key, c.page, c.mean, c.lowest {_UNCERTAIN}"
        query += f" ORDER BY {column}, d.key, c.page LIMIT :limit OFFSET :offset"
        return [UncertainPage(*row) for row in self._rows(query, **parameters)]

    def count_uncertain(self, text: str = "") -> int:
        """How many pages ``uncertain_pages`` would return without its limit."""
        return self._number(f"SELECT COUNT(*) {_UNCERTAIN}", text=text)

    def everything(self, after: str = "") -> Iterator[DocumentRow]:
        """All documents by key, from after ``after``, one in memory at a time."""
        yield from map(_document, self._rows("SELECT * FROM lines WHERE key > :key ORDER BY key", key=after))

    def count(self, text: str = "", *, troubled: bool = False) -> int:
        """How many documents ``documents`` would return without its limit."""
        return self._number(_COUNT, text=text, all=not troubled)

    def document(self, key: str) -> DocumentRow | None:
        """One document by its key."""
        row = next(self._rows("SELECT * FROM lines WHERE key = :key", key=key), None)
        return None if row is None else _document(row)

    def pages(self, key: str) -> list[PageLine]:
        """A document's pages by index."""
        rows = self._rows(
            "SELECT p.page, p.status, p.seconds, p.blocks, p.flaws, p.code, p.message, p.hint"
            " FROM pages p JOIN documents d ON d.id = p.document WHERE d.key = :key ORDER BY p.page",
            key=key,
        )
        return [
            PageLine(index, status, seconds, blocks, flaws, _failure(code, message, hint))
            for index, status, seconds, blocks, flaws, code, message, hint in rows
        ]

    def problem(self, key: str, page: int, *, back: bool = False) -> tuple[str, int] | None:
        """The next (or previous) problem, cyclic; page -1 means the whole document."""
        nearest, outermost = (_PREVIOUS, _LAST) if back else (_NEXT, _FIRST)
        found = next(self._rows(nearest, key=key, page=page), None) or next(self._rows(outermost), None)
        return None if found is None else (str(found[0]), int(found[1]))

    def slowest_documents(self, run: int | None, limit: int) -> list[DocumentRow]:
        """The documents with pages that took longest from opening to the written result."""
        rows = self._rows(
            "SELECT * FROM lines WHERE pages > 0 AND (:run IS NULL OR run = :run)"
            " ORDER BY seconds DESC, key LIMIT :limit",
            run=run,
            limit=limit,
        )
        return [_document(row) for row in rows]

    def slowest_pages(self, run: int | None, limit: int) -> list[SlowPage]:
        """The pages that took longest."""
        rows = self._rows(
            "SELECT key, page, seconds FROM read_pages WHERE :run IS NULL OR run = :run"
            " ORDER BY seconds DESC, key, page LIMIT :limit",
            run=run,
            limit=limit,
        )
        return [SlowPage(*row) for row in rows]

    def page_count(self, run: int | None) -> int:
        """How many values ``page_seconds`` returns."""
        query = "SELECT COUNT(*) FROM read_pages WHERE :run IS NULL OR run = :run"
        return self._number(query, run=run)

    def page_seconds(self, run: int | None) -> Iterator[float]:
        """Seconds per page of all read pages, shortest first."""
        query = "SELECT seconds FROM read_pages WHERE :run IS NULL OR run = :run ORDER BY seconds"
        for (seconds,) in self._rows(query, run=run):
            yield float(seconds)

    def finished(self, run: int | None) -> Iterator[tuple[float, int, int]]:
        """Unix time, pages and lost pages at the end of each document, in order of time."""
        query = (
            "SELECT finished, pages, failed_pages FROM documents"
            " WHERE finished IS NOT NULL AND (:run IS NULL OR run = :run) ORDER BY finished"
        )
        return self._rows(query, run=run)


def _document(row: tuple[Any, ...]) -> DocumentRow:
    key, path, status, size, mtime_ns, pages, failed_pages, seconds, requests, retried = row[:10]
    started, finished, code, message, hint, problems, run, mean, lowest = row[10:19]
    return DocumentRow(
        key, os.fsdecode(path), status, size, mtime_ns, pages, failed_pages, seconds, requests, retried,
        started, finished, _failure(code, message, hint), problems, run,
        mean, lowest,
    )  # fmt: skip


def _failure(code: str, message: str, hint: str) -> Failure | None:
    return Failure(code, message, hint) if code else None
