"""Several ledgers into one: the shards of a run as a single run, whose rows are copied by SQLite itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from mineru_cli.store.ledger.confidence import TABLE as CONFIDENCES
from mineru_cli.store.ledger.faults import reading, writing
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import RunRecord

NAMED = 100
"""Conflicts of a ledger that are named; the rest is counted."""

_RANK = "CASE {}.status WHEN 'done' THEN 0 WHEN 'partial' THEN 1 WHEN 'failed' THEN 2 ELSE 3 END"
_BOTH = "FROM shard.documents s JOIN main.documents m ON m.key = s.key"
_CONFLICTS = f"{_BOTH} JOIN origins o ON o.document = m.id WHERE s.size != -1"
"""A size of -1 means a folder that cannot be read: every shard meets it."""
_WORSE = f"SELECT m.id {_BOTH} WHERE {_RANK.format('s')} < {_RANK.format('m')}"
_DOCUMENT = (
    "key, path, size, mtime_ns, status, attempts, pages, failed_pages, seconds, requests, retried, started,"
    " finished, code, message, hint"
)
_PAGE = "page, status, seconds, blocks, flaws, requests, retried, code, message, hint"
_ATTEMPT = "attempt, started, finished, status, code"
_CONFIDENCE = "page, mean, lowest, tokens, block, type, block_mean, block_lowest"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A document that two ledgers know. ``first`` and ``second`` are their numbers, from 0."""

    key: str
    first: int
    second: int


class LedgerMerge:
    """Fills a new ledger from others. A context manager; everything raises ``OutputError``.

    Where two ledgers know a document, the better of its outcomes is kept, and of equal ones the first.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float]) -> None:
        """``path`` is where the new ledger is made; one that is there is replaced."""
        self._path = path
        with writing(path):
            for side in ("", "-wal", "-shm"):
                path.with_name(path.name + side).unlink(missing_ok=True)
        Ledger.open(path, clock=clock).close()
        with writing(path):
            self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)
            self._db.execute("CREATE TEMP TABLE origins (document INTEGER PRIMARY KEY, shard INTEGER)")
            self._db.execute("CREATE TEMP TABLE taken (old INTEGER PRIMARY KEY, new INTEGER)")
            self._db.commit()
        self._number = 0

    def __enter__(self) -> LedgerMerge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def begin(self, like: RunRecord, facts: dict[str, Any], *, started: float, finished: float | None) -> int:
        """Enter the run that represents all shards and return its number. ``like`` has its settings.

        Times are Unix seconds; ``facts`` are kept with it.
        """
        row = (like.fingerprint, json.dumps(like.shaping), json.dumps(facts), started, finished)
        with writing(self._path):
            cursor = self._db.execute(
                "INSERT INTO runs (fingerprint, shaping, facts, started, finished) VALUES (?, ?, ?, ?, ?)",
                row,
            )
            self._db.commit()
        return cursor.lastrowid or 0

    def end(self, run: int, outcome: str) -> None:
        """Everything is copied."""
        with writing(self._path):
            self._db.execute("UPDATE runs SET outcome = ? WHERE id = ?", (outcome, run))
            self._db.commit()

    def add(self, ledger: Path, run: int) -> tuple[int, list[Conflict]]:
        """Copy what a ledger knows of documents into run number ``run``.

        Returns how many of them were known already, and the first of these.
        """
        with reading(ledger):
            self._attach(ledger)
        number, self._number = self._number, self._number + 1
        try:
            with writing(self._path):
                known = int(self._value(f"SELECT COUNT(*) {_CONFLICTS}"))
                named = f"SELECT s.key, o.shard {_CONFLICTS} ORDER BY s.key LIMIT ?"
                rows = self._db.execute(named, (NAMED,)).fetchall()
                conflicts = [Conflict(key, first, number) for key, first in rows]
                self._copy(number, run)
                self._db.commit()
        finally:
            self._db.rollback()  # after an error; SQLite detaches nothing within a transaction
            self._db.execute("DETACH shard")
        return known, conflicts

    def _attach(self, ledger: Path) -> None:
        Ledger.view(ledger).close()  # damage is noticed and named
        address = ledger.absolute().as_uri()
        self._db.execute("ATTACH ? AS shard", (f"{address}?mode=ro",))
        try:
            self._db.execute("SELECT 1 FROM shard.runs LIMIT 1")
        except sqlite3.OperationalError:  # WAL needs a file next to it, which cannot be made there
            self._db.execute("DETACH shard")
            self._db.execute("ATTACH ? AS shard", (f"{address}?mode=ro&immutable=1",))

    def _copy(self, number: int, run: int) -> None:
        execute = self._db.execute
        for table in ("pages", "attempts"):
            execute(f"DELETE FROM main.{table} WHERE document IN ({_WORSE})")  # noqa: S608
        execute(f"DELETE FROM main.documents WHERE id IN ({_WORSE})")  # noqa: S608
        before = self._value("SELECT COALESCE(MAX(id), 0) FROM main.documents")
        sizes = "sizes" if self._has_column("documents", "sizes") else "''"
        execute(
            f"INSERT OR IGNORE INTO main.documents ({_DOCUMENT}, sizes, run)"  # noqa: S608
            f" SELECT {_DOCUMENT}, {sizes}, ? FROM shard.documents ORDER BY id",
            (run,),
        )
        execute("DELETE FROM taken")
        execute(
            "INSERT INTO taken SELECT s.id, m.id FROM shard.documents s"
            " JOIN main.documents m ON m.key = s.key WHERE m.id > ?",
            (before,),
        )
        execute("INSERT OR REPLACE INTO origins SELECT new, ? FROM taken", (number,))
        self._copy_rows("pages", _PAGE)
        self._copy_rows("attempts", _ATTEMPT, run=run)
        if self._has_column("confidences", "page"):
            execute(CONFIDENCES)
            self._copy_rows("confidences", _CONFIDENCE)

    def _copy_rows(self, table: str, columns: str, **more: int) -> None:
        names = "".join(f", {name}" for name in more)
        marks = ", ?" * len(more)
        self._db.execute(
            f"INSERT OR REPLACE INTO main.{table} (document, {columns}{names})"  # noqa: S608
            f" SELECT t.new, {columns}{marks} FROM shard.{table} r JOIN taken t ON t.old = r.document",
            tuple(more.values()),
        )

    def _has_column(self, table: str, column: str) -> bool:
        query = "SELECT COUNT(*) FROM pragma_table_info(?, 'shard') WHERE name = ?"
        return bool(self._value(query, table, column))

    def _value(self, query: str, *arguments: Any) -> Any:
        return self._db.execute(query, arguments).fetchone()[0]
