"""Opens a ledger for reading, also in a read-only folder."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mineru_cli.store.ledger.integrity import check_tables


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A read-only connection. Raises ``sqlite3.Error``, and what ``check_tables`` raises.

    Readers of a ledger in WAL mode share a file next to it. Where that cannot be created, the ledger is
    opened as immutable: without the last commits of a running run.
    """
    try:
        return _opened(path, "mode=ro")
    except sqlite3.OperationalError:
        return _opened(path, "mode=ro&immutable=1")


def _opened(path: Path, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True, timeout=10)
    try:
        check_tables(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection
