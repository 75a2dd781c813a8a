"""Disk errors become errors of our tree in one place."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from mineru_cli.errors import DiskFull, OutputNotWritable
from mineru_cli.store.ledger.faults import reading, writing


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EACCES, OutputNotWritable),
        (errno.EROFS, OutputNotWritable),
        (errno.ENOENT, OutputNotWritable),
        (errno.EIO, OutputNotWritable),
    ],
)
def test_errors_of_the_system_are_translated(code: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="/out") as raised, writing(Path("/out")):
        raise OSError(code, os.strerror(code))
    assert raised.value.__cause__ is not None


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.DatabaseError("file is not a database"),
        sqlite3.OperationalError("no such table: documents"),
        sqlite3.OperationalError("no such column: folder"),
    ],
)
def test_a_damaged_ledger_has_a_way_out(error: sqlite3.Error) -> None:
    ledger = Path("/out/.mineru-batch/ledger.db")
    with pytest.raises(OutputNotWritable, match="is damaged") as raised, reading(ledger):
        raise error
    assert raised.value.hint.startswith("mineru-batch runs rebuild /out ")
