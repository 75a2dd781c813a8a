"""``--files-from``: the names of documents from a list."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mineru_cli.errors import InputNotFound
from mineru_cli.settings import Settings
from mineru_cli.store.ledger.faults import shown

STDIN = Path("-")


def with_listed_files(settings: Settings) -> Settings:
    """The same settings with the files of the list among the inputs. Raises ``InputNotFound``.

    The list is read once: what is returned names none.
    """
    if settings.files_from is None:
        return settings
    inputs = (*settings.inputs, *read_list(settings.files_from))
    return settings.model_copy(update={"inputs": inputs, "files_from": None})


def read_list(path: Path) -> tuple[str, ...]:
    """Names in a list, ended by NUL where it holds one, else one per line. Raises ``InputNotFound``."""
    try:
        content = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        raise InputNotFound(
            f"--files-from: {shown(os.fspath(path))} cannot be read: {error.strerror}"
        ) from None
    if b"\0" in content:
        names = content.split(b"\0")
    else:
        names = [line.removesuffix(b"\r") for line in content.split(b"\n")]
    return tuple(os.fsdecode(name) for name in names if name)
