"""Translates errors of the disk and of SQLite to errors of our tree."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mineru_cli.errors import DiskFull, OutputError, OutputNotWritable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_RESUME = "and repeat the command: it continues where it stopped"


def output_error(error: OSError | sqlite3.Error, path: Path, *, doing: str = "written") -> OutputError:
    """``DiskFull`` or ``OutputNotWritable`` for an error while writing ``path``."""
    if _is_full(error):
        return DiskFull(f"no space left to write {shown(path)}", hint=f"free some space {_RESUME}")
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return OutputNotWritable(
            f"{shown(path)} is damaged: {error}",
            hint=f"mineru-batch runs rebuild {shown(path.parent.parent)} makes it again from the results",
        )
    reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return OutputNotWritable(
        f"{shown(path)} cannot be {doing}: {reason}",
        hint=f"mend it or give another folder with -o, {_RESUME}",
    )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Translate disk errors of the block. Raises ``DiskFull`` or ``OutputNotWritable``."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise output_error(error, path) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """The same for a block that only reads."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise output_error(error, path, doing="read") from error


def shown(path: str | os.PathLike[str]) -> str:
    r"""The path as valid text: bytes that are not UTF-8 become ``\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _is_full(error: OSError | sqlite3.Error) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    return "disk is full" in str(error)
