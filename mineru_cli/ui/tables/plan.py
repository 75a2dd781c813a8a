"""The documents that a run would convert, one per line."""

from __future__ import annotations

from typing import TextIO

from mineru_cli.sources.discover import Discovery
from mineru_cli.ui.format import counted, unsupported
from mineru_cli.ui.plain_text import Pipe, visible


def show_documents(documents: Discovery, stream: TextIO) -> None:
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
