"""The type of a file, by its first bytes."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from typing import Final

from mineru_cli.domain.document import DocumentRef, Kind
from mineru_cli.errors import DocumentEmpty, DocumentUnreadable, UnsupportedDocument
from mineru_cli.pages.picture_formats import NAMES, picture_format

HEAD: Final = 1024
"""Bytes that are read. Readers accept a PDF's header anywhere in them."""


def sniff(head: bytes) -> Kind | None:
    """The kind of a file that begins with ``head`` (up to 1024 bytes are used); None for anything else."""
    if picture_format(head):
        return "image"
    return "pdf" if b"%PDF-" in head[:HEAD] else None


def sniff_file(path: str) -> Kind | None:
    """The kind of the file at ``path``; None when it is something else. Raises ``OSError``."""
    return sniff(_head(path))


def settle_kind(document: DocumentRef, path: str = "") -> DocumentRef:
    """The document with its true kind. ``path`` is where its content is, if not at its own path.

    Discovery goes by suffix, as opening a million files takes minutes; the first reader of a document calls
    this. Raises ``DocumentUnreadable``, ``DocumentEmpty`` or ``UnsupportedDocument``.
    """
    try:
        head = _head(path or document.path)
    except OSError as error:
        raise DocumentUnreadable(
            f"the file cannot be read: {error.strerror or error}",
            hint="check that it is still there and its permissions",
        ) from error
    if not head:
        raise DocumentEmpty("the file has no content", hint="get the file again from where it came")
    kind = sniff(head)
    if kind is None:
        raise UnsupportedDocument(
            "the file is neither a PDF nor an image", hint=f"convert PDF files and pictures: {NAMES}"
        )
    return document if kind == document.kind else replace(document, kind=kind)


def _head(path: str) -> bytes:
    # A pipe without a writer would block a plain open forever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        return os.read(descriptor, HEAD)
    finally:
        os.close(descriptor)
