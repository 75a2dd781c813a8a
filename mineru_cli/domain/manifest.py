"""What was published of a document: its files with sizes and hashes, and how it ended.

One manifest per document, kept apart from the document's own files and written after them. So it never names
a file that is not there yet, and a ledger that was lost can be made again from all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure

FileSize = tuple[str, int]
"""Name and size in bytes."""

SIZES_LISTED = 1000
"""Files per document whose sizes a resume compares. A document of 20,000 pages may have 100,000 images."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of a document. ``name`` is relative to the document's folder, with slashes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A document as it was published. ``folder`` is where its files are, relative to the output folder.

    ``fingerprint`` stands for the settings that shaped it. ``failed`` and ``incomplete`` have the pages (from
    0) that are lost and that lost content; ``pages`` counts all that were selected.
    """

    document: DocumentRef
    folder: str
    fingerprint: str
    pages: int
    files: tuple[PublishedFile, ...]
    failed: tuple[tuple[int, Failure], ...] = ()
    incomplete: tuple[tuple[int, Failure], ...] = ()

    @property
    def whole(self) -> bool:
        """Whether no page was lost and none lost content."""
        return not self.failed and not self.incomplete

    @property
    def sizes(self) -> tuple[FileSize, ...]:
        """Names and sizes of the first files: what a resume compares. Text files come before images."""
        return tuple((file.name, file.size) for file in self.files[:SIZES_LISTED])


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What the ledger keeps of a run besides its documents. See ``Ledger.begin``."""

    fingerprint: str
    shaping: dict[str, Any]
    facts: dict[str, Any]
