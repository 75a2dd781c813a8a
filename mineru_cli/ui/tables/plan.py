"""The documents that a run would convert, one per line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TextIO

from mineru_cli.ui.format import counted, unsupported
from mineru_cli.ui.plain_text import Pipe, visible


class Listed(Protocol):
    """A document, or an input that cannot be one."""

    @property
    def key(self) -> str:
        """Its folder below OUT."""
        ...

    @property
    def path(self) -> str:
        """Its path."""
        ...


class DocumentListing(Protocol):
    """Documents, and the number of skipped files by suffix: known once all were listed."""

    def __iter__(self) -> Iterator[Listed]: ...

    @property
    def unsupported(self) -> dict[str, int]:
        """Files by suffix."""
        ...

    @property
    def skipped_links(self) -> tuple[str, ...]:
        """The first links that were not followed."""
        ...

    @property
    def skipped_link_count(self) -> int:
        """Number of links that were not followed."""
        ...


def show_documents(documents: DocumentListing, stream: TextIO) -> None:
    """Write path and output folder of each document, then their number."""
    pipe = Pipe(stream, needed=True)
    number = 0
    for document in documents:
        number += 1
        pipe.line(f"{visible(document.path, 4096)} -> {visible(document.key, 4096)}")
    pipe.line(counted(number, "document"))
    if documents.unsupported:
        pipe.line(unsupported(documents.unsupported))
    for link in documents.skipped_links:
        pipe.line(f"not followed: {visible(link, 4096)}")
    if documents.skipped_link_count:
        pipe.line(f"{documents.skipped_link_count} links lead out of the input: --follow-links follows them")
