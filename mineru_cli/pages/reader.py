"""Opens a document for reading, whatever its kind.

Faults of the file as a whole are detected here, before a library opens it; faults inside it are raised by the
reader of its kind, as the same errors.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from mineru_cli.domain.document import Kind
from mineru_cli.errors import DocumentEmpty, DocumentUnreadable, FileTooLarge, NoPages, TooManyPages
from mineru_cli.pages.page import OpenDocument, PageImage
from mineru_cli.settings import Limits, Rendering

__all__ = ["OpenDocument", "PageImage", "open_document"]


def open_document(
    path: str, kind: Kind, *, passwords: Sequence[str] = (), rendering: Rendering, limits: Limits
) -> OpenDocument:
    """Open ``path`` without reading it into memory.

    ``passwords`` are tried in turn on an encrypted PDF, the empty one always first. Raises
    ``DocumentUnreadable``, ``DocumentEmpty``, ``DocumentCorrupt``, ``DocumentEncrypted``,
    ``UnsupportedDocument``, ``NoPages``, ``FileTooLarge``, ``TooManyPages``.
    """
    _check_file(path, limits)
    document = _open(path, kind, passwords, rendering, limits)
    try:
        _check_pages(document, limits)
    except BaseException:
        document.close()
        raise
    return document


def _open(
    path: str, kind: Kind, passwords: Sequence[str], rendering: Rendering, limits: Limits
) -> OpenDocument:
    # Imported when needed: pdfium and Pillow's codecs are a large part of a command's start-up time.
    if kind == "pdf":
        from mineru_cli.pages.pdf import open_pdf

        return open_pdf(path, passwords, rendering, limits)
    from mineru_cli.pages.picture import open_picture

    return open_picture(path, rendering, limits)


def _check_file(path: str, limits: Limits) -> None:
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentUnreadable("not a regular file", hint="give files or folders that hold files")
        os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DocumentUnreadable(
            f"the file cannot be read: {reason}", hint="check that it is there and its permissions"
        ) from error
    except ValueError as error:
        raise DocumentUnreadable(f"the path cannot be opened: {error}") from error
    check_size(status.st_size, limits)


def check_size(size: int, limits: Limits) -> None:
    """Raises ``DocumentEmpty`` or ``FileTooLarge`` for a file of ``size`` bytes."""
    if size == 0:
        raise DocumentEmpty("the file has zero bytes", hint="copy or download it again")
    if size > limits.max_bytes:
        raise FileTooLarge(
            f"the file has {size} bytes, the limit is {limits.max_bytes}",
            hint="raise --max-bytes, or split the file",
        )


def _check_pages(document: OpenDocument, limits: Limits) -> None:
    if document.page_count < 1:
        raise NoPages("the document has no pages")
    if document.page_count > limits.max_pages:
        raise TooManyPages(
            f"the document has {document.page_count} pages, the limit is {limits.max_pages}",
            hint="raise --max-pages, or split the file: pages chosen with --pages count all of it",
        )
