"""Translates errors of the disk and of SQLite to errors of our tree."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from mineru_cli.errors import DiskFull, OutputError, OutputNotWritable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_RESUME = "and repeat the command: it continues where it stopped"


def output_error(error: OSError | sqlite3.Error, path: Path, *, doing: str = "written") -> OutputError:
    """``DiskFull`` or ``OutputNotWritable`` for an error while writing ``path``."""
    if _is_full(error):
        return DiskFull(f"no space left to write {shown(path)}", hint=f"free some space {_RESUME}")
    if _is_damaged(error):
        return damaged(path, str(error))
    reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return OutputNotWritable(
        f"{shown(path)} cannot be {doing}: {reason}",
        hint=f"mend it or give another folder with -o, {_RESUME}",
    )


def damaged(path: Path, what: str) -> OutputNotWritable:
    """The error for a ledger with impossible content."""
    return OutputNotWritable(
        f"{shown(path)} is damaged: {what}",
        hint=f"mineru-batch runs rebuild {shown(path.parent.parent)} makes it again from the results",
    )


class _Translated:
    """A block whose disk errors are translated. A class: it is entered several times per page."""

    __slots__ = ("_doing", "_path")

    def __init__(self, path: Path, doing: str) -> None:
        self._path = path
        self._doing = doing

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, (OSError, sqlite3.Error)):
            raise output_error(error, self._path, doing=self._doing) from error


def writing(path: Path) -> AbstractContextManager[None]:
    """Translate disk errors of the block. Raises ``DiskFull`` or ``OutputNotWritable``."""
    return _Translated(path, "written")


def reading(path: Path) -> AbstractContextManager[None]:
    """The same for a block that only reads."""
    return _Translated(path, "read")


def shown(path: str | os.PathLike[str]) -> str:
    r"""The path as valid text: bytes that are not UTF-8 become ``\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _is_damaged(error: OSError | sqlite3.Error) -> bool:
    """Not a database, or one that lost its tables, for example with its ``-wal`` file."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error).startswith(("no such table", "no such column"))
    return isinstance(error, sqlite3.DatabaseError)


def _is_full(error: OSError | sqlite3.Error) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    return "disk is full" in str(error)
