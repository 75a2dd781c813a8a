"""The run's ledger: one SQLite file with the state of every document of an output folder.

One writer, the coordinator; WAL, so that ``runs show`` reads while a run works. ``synchronous=NORMAL``: what
was committed survives a ``kill -9``; a power cut may lose the last commits but never damages the file.
Pages and starts are committed in batches by ``commit``; a finished document is committed at once, so it may
be announced when ``finished`` returns. Every method raises ``OutputError`` where the disk refuses.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from mineru_cli.domain.confidence import PageConfidence
from mineru_cli.domain.document import DocumentRef, Status
from mineru_cli.domain.events import EndReason
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.manifest import FileSize
from mineru_cli.errors import OutputNotWritable, SettingsChanged
from mineru_cli.store.ledger import schema as queries
from mineru_cli.store.ledger.columns import (
    failed_document,
    failure_columns,
    path_column,
    read_sizes,
    write_sizes,
)
from mineru_cli.store.ledger.confidence import TABLE, ConfidenceTotals, confidence_totals, keep_confidence
from mineru_cli.store.ledger.faults import reading, shown, writing
from mineru_cli.store.ledger.integrity import check_pages, check_rows, check_tables, open_for_reading
from mineru_cli.store.ledger.records import DocumentRecord, FailedDocument, RunRecord, RunTotals
from mineru_cli.store.ledger.schema import TABLES, UPGRADES, VERSION
from mineru_cli.store.ledger.summary import changed_settings

_BATCH = 500
_CHECKPOINT_PAGES = 4000
"""16 MB of WAL. SQLite's 1,000 would copy, and sync, the same pages of the file more often."""
_FOLDER = -1
"""The ``size`` of a row for something other than a document, such as an unreadable folder."""


@dataclass(slots=True)
class _Attempt:
    """The attempt at a document that is under way, and whether a page of it is stored as failed."""

    document: int
    number: int
    failed_pages: bool = False


class Ledger:
    """See the module. ``clock`` returns Unix seconds."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Callable[[], float]) -> None:
        self._db = connection
        self._path = path
        self._clock = clock
        self._run = 0
        self._attempts: dict[str, _Attempt] = {}
        """Attempts of this process, by key: what it started and has not finished needs no look-up."""
        self._keeps_confidence = False

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float]) -> Ledger:
        """Open for writing; creates file and folder if necessary."""
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _make_private(path)
            # Absolute: SQLite takes a relative file:x as a URI where it is built to.
            connection = sqlite3.connect(path.absolute(), timeout=10)
            try:
                _prepare(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path, clock)

    @classmethod
    def view(cls, path: Path) -> Ledger:
        """Open an existing ledger for reading, also while a run writes it."""
        with reading(path):
            connection = open_for_reading(path)
            try:
                check_rows(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path, lambda: 0.0)

    def begin(
        self,
        fingerprint: str,
        shaping: dict[str, Any],
        *,
        overwrite: bool,
        facts: dict[str, Any] | None = None,
    ) -> int:
        """Record a new run and return its number.

        ``shaping`` are the settings behind ``fingerprint``, to report what differs; ``facts`` are further
        facts about the run (server, versions, settings). Raises ``SettingsChanged`` when documents were
        written under other settings, unless ``overwrite``.
        """
        with writing(self._path):
            last = self._db.execute(
                "SELECT fingerprint, shaping FROM runs ORDER BY id DESC LIMIT 1"
            ).fetchone()
            if last and last[0] != fingerprint and not overwrite and self._has_results():
                raise self._settings_changed(json.loads(last[1]), shaping)
            self._db.execute("DELETE FROM documents WHERE size = ?", (_FOLDER,))
            cursor = self._db.execute(
                "INSERT INTO runs (fingerprint, shaping, facts, started) VALUES (?, ?, ?, ?)",
                (fingerprint, json.dumps(shaping), json.dumps(facts or {}), self._clock()),
            )
            self._db.commit()
        self._run = cursor.lastrowid or 0
        return self._run

    @property
    def run(self) -> int:
        """The number of the run that this process started, 0 before."""
        return self._run

    def end(self, outcome: str, exit_code: int = 0, reason: EndReason = "") -> None:
        """Record the end of the run, as in ``RunFinished``."""
        with writing(self._path):
            self._db.execute(
                "UPDATE runs SET finished = ?, outcome = ?,"
                " facts = json_set(facts, '$.exit_code', ?, '$.reason', ?) WHERE id = ?",
                (self._clock(), outcome, exit_code, reason, self._run),
            )
            self._db.commit()

    def records(self, keys: Sequence[str]) -> dict[str, DocumentRecord]:
        """The records of these documents; unknown keys are left out. Call it with batches of hundreds."""
        found: dict[str, DocumentRecord] = {}
        with writing(self._path):
            for start in range(0, len(keys), _BATCH):
                batch = keys[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                (rows,) = self._db.execute(queries.RECORDS.format(marks), batch).fetchone()
                for *values, sizes in json.loads(rows):
                    found[values[0]] = DocumentRecord(*(*values, read_sizes(sizes)))
        return found

    def started(self, document: DocumentRef, pages: int = 0) -> None:
        """Work on the document starts. ``pages`` is the number of selected pages, 0 when not known yet."""
        identity, now = self._identity(document), self._clock()
        with writing(self._path):
            entered = self._db.execute(queries.START, (document.key, *identity, pages, now))
            if entered.rowcount == 1:
                attempt = _Attempt(entered.lastrowid or 0, 1)
            else:
                self._db.execute(queries.FORGET_PAGES, (document.key, document.size, document.mtime_ns))
                again = self._db.execute(queries.START_AGAIN, (*identity, pages, now, document.key))
                attempt = _Attempt(*again.fetchone())
            self._attempts[document.key] = attempt
            self._db.execute(
                "INSERT INTO attempts (document, attempt, run, started) VALUES (?, ?, ?, ?)",
                (attempt.document, attempt.number, self._run, now),
            )

    def page(
        self,
        key: str,
        index: int,
        *,
        seconds: float = 0.0,
        blocks: int = 0,
        flaws: int = 0,
        requests: int = 0,
        retried: int = 0,
        failure: Failure | None = None,
        loss: Failure | None = None,
    ) -> None:
        """A page of a started document is in the spool: read, read with a loss, or failed.

        Pages of other documents are ignored.
        """
        numbers = (seconds, blocks, flaws, requests, retried)
        status = "failed" if failure else "incomplete" if loss else "done"
        with writing(self._path):
            attempt = self._attempts.get(key) or self._latest_attempt(key)
            if attempt is None:
                return
            attempt.failed_pages |= failure is not None
            row = (attempt.document, index, status, *numbers, *failure_columns(failure or loss))
            self._db.execute(queries.PAGE, row)

    def confidence(self, key: str, index: int, value: PageConfidence) -> None:
        """Store the confidence of a page of a started document."""
        with writing(self._path):
            if not self._keeps_confidence:
                self._db.execute(TABLE)
                self._keeps_confidence = True
            keep_confidence(self._db, key, index, value)

    def finished(
        self,
        document: DocumentRef,
        status: Status,
        *,
        pages: int,
        failed: Sequence[tuple[int, Failure]] = (),
        failure: Failure | None = None,
        seconds: float = 0.0,
        requests: int = 0,
        retried: int = 0,
        sizes: Sequence[FileSize] = (),
        mark: str | None = None,
    ) -> None:
        """The document is written, or failed with ``failure``. Durable with the next ``commit``.

        ``sizes`` of its files are compared on resume.
        """
        now, columns = self._clock(), failure_columns(failure)
        counts = (pages, len(failed), seconds, requests, retried)
        row = (*self._identity(document), status, *counts, now, *columns, write_sizes(sizes))
        with writing(self._path):
            attempt = self._attempts.pop(document.key, None) or self._entered(document)
            number = attempt.document
            self._db.execute(queries.FINISH, (*row, number))
            self._db.execute(
                "UPDATE attempts SET finished = ?, status = ?, code = ? WHERE document = ? AND attempt = ?",
                (now, status, columns[0], number, attempt.number),
            )
            if attempt.failed_pages or attempt.number != 1:
                self._db.execute("DELETE FROM pages WHERE document = ? AND status = 'failed'", (number,))
            if failed:
                self._db.executemany(
                    "INSERT OR REPLACE INTO pages (document, page, status, code, message, hint)"
                    " VALUES (?, ?, 'failed', ?, ?, ?)",
                    [(number, index, *failure_columns(reason)) for index, reason in failed],
                )
            if mark is not None:
                self._db.execute(
                    "INSERT OR REPLACE INTO targets (key, mark, run) VALUES (?, ?, ?)",
                    (document.key, mark, self._run),
                )

    def keep_targets(self) -> None:
        """From now on ``finished`` stores which target converted a document. Only runs with several do."""
        with writing(self._path):
            self._db.execute(queries.TARGETS)
            self._db.commit()

    def targets(self, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
        """The mark of the target that converted each of these, and the number of the run that recorded it."""
        found: dict[str, tuple[str, int]] = {}
        with writing(self._path):
            for start in range(0, len(keys), _BATCH):
                batch = keys[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                query = f"SELECT key, mark, run FROM targets WHERE key IN ({marks})"  # noqa: S608
                found.update({key: (mark, run) for key, mark, run in self._db.execute(query, batch)})
        return found

    def unusable(self, key: str, path: str, failure: Failure) -> None:
        """Something other than a document (an unreadable folder) failed. The next run removes the row."""
        self.finished(DocumentRef(key, "", path, "pdf", _FOLDER, 0), "failed", pages=0, failure=failure)

    def commit(self) -> None:
        """Commit all changes since the last commit.

        Raises where the file was removed or moved: writes to it succeed and are lost.
        """
        with writing(self._path):
            self._db.commit()
        if not self._path.exists():
            raise OutputNotWritable(
                f"{shown(self._path)} is gone: the output folder was removed or moved during the run",
                hint="leave it where it is, and repeat the command",
            )

    def failures(self, run: int | None = None) -> Iterator[FailedDocument]:
        """Failed and partial documents by key, of one run or of the whole folder."""
        with writing(self._path):
            rows = self._db.execute(queries.FAILURES, {"run": run})
            for _, group in groupby(rows, key=lambda row: row[0]):
                yield failed_document(list(group))

    def failures_by_class(self, run: int | None = None) -> dict[str, int]:
        """The number of failed and partial documents by error code."""
        with writing(self._path):
            return dict(self._db.execute(queries.BY_CODE, {"run": run}).fetchall())

    def totals(self, run: int | None = None) -> RunTotals:
        """Sums over one run's documents, or over all."""
        with writing(self._path):
            rows = self._db.execute(queries.TOTALS, {"run": run}).fetchall()
            failed, read = self._db.execute(queries.BEGUN, {"run": run}).fetchone()
            incomplete = self._db.execute(queries.INCOMPLETE, {"run": run}).fetchone()[0]
        counts = {row[0]: row[1] for row in rows}
        running = sum(row[2] for row in rows if row[0] == "running")
        sums = (sum(column) for column in zip(*(row[2:] for row in rows), strict=True))
        pages, failed_pages, requests, retried, seconds = sums if rows else [0] * 5
        return RunTotals(
            **counts, pages=pages, failed_pages=failed_pages + failed, incomplete_pages=incomplete,
            unread_pages=running - failed - read,
            requests=requests, retried=retried, seconds=float(seconds),
        )  # fmt: skip

    def confidences(self, run: int | None = None, limit: int = 100) -> ConfidenceTotals | None:
        """Totals of one run's documents or of all, with the ``limit`` least certain blocks, if any."""
        with writing(self._path):
            return confidence_totals(self._db, run, limit)

    def keys(self, statuses: Iterable[str]) -> set[str]:
        """Keys of documents in one of these states; the spool keeps those that are "running" or "partial"."""
        wanted = list(statuses)
        marks = ",".join("?" * len(wanted))
        with writing(self._path):
            rows = self._db.execute(f"SELECT key FROM documents WHERE status IN ({marks})", wanted)  # noqa: S608
            return {key for (key,) in rows}

    def runs(self) -> list[RunRecord]:
        """All runs on this folder, oldest first."""
        with writing(self._path):
            rows = self._db.execute(
                "SELECT id, fingerprint, shaping, started, finished, outcome, facts FROM runs ORDER BY id"
            ).fetchall()
        return [
            RunRecord(number, mark, json.loads(shaping), started, finished, outcome, json.loads(facts))
            for number, mark, shaping, started, finished, outcome, facts in rows
        ]

    def close(self) -> None:
        """Commit and close."""
        with writing(self._path):
            try:
                self._db.commit()
            finally:
                self._db.close()

    def _identity(self, document: DocumentRef) -> tuple[str | bytes, int, int, int]:
        """The columns path, size, mtime_ns and run."""
        return path_column(document.path), document.size, document.mtime_ns, self._run

    def _entered(self, document: DocumentRef) -> _Attempt:
        """The latest attempt at a document that this process did not start. It gets a row without one."""
        self._db.execute(queries.ENTER, (document.key, *self._identity(document)))
        attempt = self._latest_attempt(document.key)
        assert attempt is not None  # noqa: S101 - it was entered
        return attempt

    def _latest_attempt(self, key: str) -> _Attempt | None:
        """The latest attempt at a document with a row, number 0 before the first. Failed pages may remain."""
        row = self._db.execute("SELECT id, attempts FROM documents WHERE key = ?", (key,)).fetchone()
        return _Attempt(row[0], row[1], failed_pages=True) if row else None

    def _has_results(self) -> bool:
        query = "SELECT 1 FROM documents WHERE status IN ('done', 'partial') LIMIT 1"
        return self._db.execute(query).fetchone() is not None

    def _settings_changed(self, before: dict[str, Any], now: dict[str, Any]) -> SettingsChanged:
        folder = shown(self._path.parent.parent)
        return SettingsChanged(
            f"{folder} was written with other settings: {changed_settings(before, now)}",
            hint="give another folder with -o, --overwrite to convert all again, or the settings of before",
        )


def _make_private(path: Path) -> None:
    """Restrict it to its owner, also one of an older version; SQLite's auxiliary files inherit the mode."""
    with suppress(PermissionError):  # another user's file: SQLite reports whether it can be used
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    version = check_tables(connection, path)
    steps = [UPGRADES[old] for old in range(version, VERSION)] if version else [TABLES]
    if version != VERSION:
        connection.executescript(f"BEGIN;{''.join(steps)}PRAGMA user_version = {VERSION};COMMIT;")
    if version:
        check_pages(connection, path)
        check_rows(connection, path)
