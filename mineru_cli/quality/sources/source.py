"""The protocol of sources of documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mineru_cli.quality.blocks import Document


@dataclass(frozen=True, slots=True)
class Facts:
    """How the documents were made. Empty where the source does not record it.

    ``pages`` is the selection of pages (``--pages``), None if unknown, empty for all. ``shaping`` are the
    resolved settings that affect the output: model, recipe, text and others.
    """

    pages: str | None = None
    model: str = ""
    server: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    shaping: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


class Source(Protocol):
    """Documents by path: POSIX, relative to the root, without suffix. Must be picklable."""

    @property
    def location(self) -> Path:
        """The folder."""
        ...

    @property
    def kind(self) -> str:
        """One of "run", "baseline", "markdown"."""
        ...

    @property
    def facts(self) -> Facts:
        """How the documents were made."""
        ...

    @property
    def failed(self) -> Mapping[str, str]:
        """Paths that the run could not convert, with the reason."""
        ...

    @property
    def paths(self) -> Sequence[str]:
        """Paths of the documents that can be read, sorted."""
        ...

    def read(self, path: str) -> Document:
        """The blocks of one document. Raises ``OSError`` or ``ValueError`` for one that is damaged."""
        ...

    def input_sha256(self, path: str) -> str | None:
        """Hash of the PDF that the document was made from, if it is recorded or the file is available."""
        ...

    def input_file(self, path: str) -> Path | None:
        """The PDF or image that the document was made from, if it still exists."""
        ...


def read_if_there(source: Source, path: str) -> Document | None:
    """A document of a source; None where it is not there or cannot be read."""
    try:
        return source.read(path)
    except (KeyError, OSError, ValueError, RecursionError):
        return None
