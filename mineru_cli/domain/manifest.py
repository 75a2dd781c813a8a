"""The published files of a document with sizes and hashes, and the document's result.

There is one manifest per document, stored apart from the document's own files and written after them. So it
never names a file that does not exist yet, and a lost ledger can be rebuilt from all manifests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mineru_cli.domain.codec import decode, registry
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure

FileSize = tuple[str, int]
"""Name and size in bytes."""

SIZES_LISTED = 1000
"""Maximum number of files per document whose sizes a resume compares: large documents have many images."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of a document. ``name`` is relative to the document's folder, with forward slashes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A published document. ``folder`` is the folder of its files, relative to the output folder.

    ``fingerprint`` identifies the settings that affect the output. ``failed`` and ``incomplete`` list the
    pages (0-based) that failed and that lost content; ``pages`` is the number of selected pages.
    """

    document: DocumentRef
    folder: str
    fingerprint: str
    pages: int
    files: tuple[PublishedFile, ...]
    failed: tuple[tuple[int, Failure], ...] = ()
    incomplete: tuple[tuple[int, Failure], ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether no page failed and none lost content."""
        return not self.failed and not self.incomplete

    @property
    def sizes(self) -> tuple[FileSize, ...]:
        """Names and sizes of the first files, which a resume compares. Text files come before images."""
        return tuple((file.name, file.size) for file in self.files[:SIZES_LISTED])


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The ledger's data about a run apart from its documents. See ``Ledger.begin``."""

    fingerprint: str
    shaping: dict[str, Any]
    facts: dict[str, Any]


_KNOWN = registry(Manifest)


def parse_manifest(data: bytes) -> Manifest | None:
    """A manifest as ``codec.encode`` writes it; None for anything else."""
    try:
        manifest = decode(data, _KNOWN)
    except (ValueError, RecursionError):
        return None
    return manifest if isinstance(manifest, Manifest) else None


def format_run(run: RunSettings) -> bytes:
    """The settings of a run as JSON."""
    return json.dumps({"fingerprint": run.fingerprint, "shaping": run.shaping, "facts": run.facts}).encode()


def parse_run(data: bytes) -> RunSettings | None:
    """The settings of a run; None for anything else."""
    try:
        return RunSettings(**json.loads(data))
    except (ValueError, TypeError, RecursionError):
        return None
