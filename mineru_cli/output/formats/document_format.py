"""The port for output formats."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from mineru_cli.output.names import OutputOptions
from mineru_cli.output.tree.page import PageTree


class DocumentSink(Protocol):
    """A document's open files in one format."""

    def add(self, page: PageTree) -> None:
        """Write the next page. Pages come in order, each once."""
        ...


class DocumentFormat(Protocol):
    """One way to write documents. ``name`` is what ``--format`` takes."""

    name: str

    def open(self, folder: Path, stem: str, options: OutputOptions, stack: ExitStack) -> DocumentSink:
        """Open the document's files in ``folder``; ``stack`` completes and closes them, unless it fails."""
        ...
