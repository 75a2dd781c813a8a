"""Values of the domain as columns of the ledger, and back. Pure."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from mineru_cli.domain.failure import Failure
from mineru_cli.domain.manifest import FileSize
from mineru_cli.store.ledger.records import FailedDocument

TEXT_LIMIT = 2000
"""Maximum number of characters of a message."""


def write_sizes(sizes: Sequence[FileSize]) -> str:
    """The sizes of published files as JSON, "" for none."""
    return json.dumps(dict(sizes)) if sizes else ""


def read_sizes(text: str) -> tuple[FileSize, ...]:
    """The sizes compared on resume; empty for documents of an older version, or damaged values."""
    try:
        return tuple(json.loads(text).items()) if text else ()
    except (ValueError, AttributeError):
        return ()


def failure_columns(failure: Failure | None) -> tuple[str, str, str]:
    """Code, message and hint."""
    if failure is None:
        return "", "", ""
    return failure.code, _bounded(failure.message), _bounded(failure.hint)


def failed_document(rows: Sequence[tuple[Any, ...]]) -> FailedDocument:
    """A document from the rows of ``schema.FAILURES`` about it: at least one, one per page with a reason."""
    key, path, status, code, message, hint = rows[0][:6]
    pages = tuple((row[6], Failure(*row[7:10])) for row in rows if row[6] is not None)
    failure = Failure(code, message, hint) if code else None
    return FailedDocument(key, os.fsdecode(path), status, failure, pages)


def path_column(path: str) -> str | bytes:
    """Text, or the name's bytes where they are not UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _bounded(text: str) -> str:
    """Bounded and valid UTF-8: messages quote file names and servers."""
    return text[:TEXT_LIMIT].encode("utf-8", "backslashreplace").decode()[:TEXT_LIMIT]
