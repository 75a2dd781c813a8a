"""What a file is, told by its first bytes."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from typing import Final

from mineru_cli.domain.document import DocumentRef, Kind
from mineru_cli.errors import DocumentEmpty, DocumentUnreadable, UnsupportedDocument

HEAD: Final = 1024
"""Bytes that are looked at. Readers accept a PDF's header anywhere in them."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})


def sniff(head: bytes) -> Kind | None:
    """The kind of a file that begins with ``head`` (up to 1024 bytes are used); None for anything else."""
    if head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", *_TIFF)) or _is_webp(head) or _is_bmp(head):
        return "image"
    return "pdf" if b"%PDF-" in head[:HEAD] else None


def sniff_file(path: str) -> Kind | None:
    """The kind of the file at ``path``; None when it is something else. Raises ``OSError``."""
    return sniff(_head(path))


def settle_kind(document: DocumentRef) -> DocumentRef:
    """The document with its true kind.

    Discovery goes by suffix, as opening a million files takes minutes; who reads a document first asks here.
    Raises ``DocumentUnreadable``, ``DocumentEmpty`` or ``UnsupportedDocument``.
    """
    try:
        head = _head(document.path)
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
            "the file is neither a PDF nor an image", hint="convert PDF, PNG, JPEG, TIFF, WebP or BMP files"
        )
    return document if kind == document.kind else replace(document, kind=kind)


def _head(path: str) -> bytes:
    # A pipe without a writer would block a plain open for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        return os.read(descriptor, HEAD)
    finally:
        os.close(descriptor)


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_bmp(head: bytes) -> bool:
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES
