"""Checks a ledger when it is opened: finds damage that SQLite does not detect itself."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from mineru_cli.errors import OutputNotWritable
from mineru_cli.store.ledger.faults import damaged, shown
from mineru_cli.store.ledger.schema import VERSION

QUICK_CHECK_BELOW = 32 * 1024**2
"""Size in bytes up to which all pages of a ledger are checked when a run opens it: a tenth of a second."""

_COLUMNS = {
    "runs": "id, fingerprint, shaping, facts, started, finished, outcome",
    "documents": "id, key, path, size, mtime_ns, run, status, attempts, pages, failed_pages, seconds,"
    " requests, retried, started, finished, code, message, hint",
    "attempts": "document, attempt, run, started, finished, status, code",
    "pages": "document, page, status, seconds, blocks, flaws, requests, retried, code, message, hint",
}
_BAD_DOCUMENT = """
SELECT key FROM documents WHERE status NOT IN ('running', 'done', 'partial', 'failed')
    OR typeof(size) != 'integer' OR typeof(mtime_ns) != 'integer' OR typeof(run) != 'integer'
    OR typeof(pages) != 'integer' OR typeof(failed_pages) != 'integer' OR typeof(attempts) != 'integer'
    OR typeof(requests) != 'integer' OR typeof(retried) != 'integer' OR typeof(key) != 'text'
    OR typeof(path) NOT IN ('text', 'blob') OR typeof(seconds) NOT IN ('real', 'integer')
    OR typeof(started) NOT IN ('real', 'integer', 'null')
    OR typeof(finished) NOT IN ('real', 'integer', 'null')
    OR typeof(code) != 'text' OR typeof(message) != 'text' OR typeof(hint) != 'text' LIMIT 1
"""


def check_tables(connection: sqlite3.Connection, path: Path) -> int:
    """The ledger's version; 0 for an empty file. Raises ``OutputNotWritable`` where tables are missing."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise OutputNotWritable(
            f"{shown(path)} was written by a newer version of mineru-batch",
            hint="upgrade mineru-batch, or give another folder with -o",
        )
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not version:
        if names:
            raise damaged(path, "its version is lost")
        return 0
    for table, columns in _COLUMNS.items():
        try:
            connection.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608
        except sqlite3.OperationalError as error:
            raise damaged(path, str(error)) from error
    return version


def check_rows(connection: sqlite3.Connection, path: Path) -> None:
    """Check every document and run. Raises ``OutputNotWritable`` for an impossible value."""
    bad = connection.execute(_BAD_DOCUMENT).fetchone()
    if bad:
        raise damaged(path, f"the row of {shown(str(bad[0]))[:200]}")
    for number, shaping, facts, started in connection.execute("SELECT id, shaping, facts, started FROM runs"):
        if not (_is_object(shaping) and _is_object(facts) and isinstance(started, (int, float))):
            raise damaged(path, f"the row of run {number}")


def check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """Run SQLite's own integrity check where it is fast. Raises ``OutputNotWritable``."""
    if path.stat().st_size > QUICK_CHECK_BELOW:
        return
    found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != ("ok",):
        raise damaged(path, str(found[0] if found else "no answer")[:200])


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A read-only connection. Raises ``sqlite3.Error``, and what ``check_tables`` raises.

    Readers of a ledger in WAL mode share a file next to it. Where that cannot be created, the ledger is
    opened as immutable: without the last commits of a running run.
    """
    try:
        return _opened(path, "mode=ro")
    except sqlite3.OperationalError:
        return _opened(path, "mode=ro&immutable=1")


def _is_object(text: object) -> bool:
    try:
        return isinstance(text, str) and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _opened(path: Path, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True, timeout=10)
    try:
        check_tables(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection
