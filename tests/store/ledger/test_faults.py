"""Disk errors become errors of our tree in one place."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mineru_cli.errors import DiskFull, OutputNotWritable
from mineru_cli.store.ledger.faults import writing


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
