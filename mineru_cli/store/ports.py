"""The storage ports of a run: ``local`` and ``objects`` implement them.

The contract of every implementation is ``tests/store/contract.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.manifest import Manifest, RunSettings
from mineru_cli.domain.page import PageResult
from mineru_cli.store.ledger.records import DocumentRecord


class PageStore(Protocol):
    """Results of the pages of unfinished documents, from which a killed run resumes.

    Several processes use one at the same time, each page is written by one. Pages belong to one version of a
    document (size and time) and to the settings of the run; others are never returned. Everything raises
    ``OutputError`` or ``StorageError`` where the storage refuses.
    """

    def save(
        self,
        document: DocumentRef,
        page: PageResult,
        figures: dict[str, bytes],
        replies: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Keep one page and its crops, replacing an earlier result. It then survives ``kill -9``.

        ``replies`` are the good ones of an incomplete page, by request.
        """
        ...

    def done(self, document: DocumentRef) -> dict[int, bool]:
        """The kept pages by index, and whether each failed or lost content. Damaged ones are dropped."""
        ...

    def load(self, document: DocumentRef, index: int) -> PageResult:
        """One page. Raises ``PageUnreadable`` for a missing one."""
        ...

    def pages(self, document: DocumentRef, indices: Iterable[int]) -> Iterator[PageResult]:
        """These pages in this order, one in memory at a time. Raises ``PageUnreadable`` for a missing one."""
        ...

    def replies(self, document: DocumentRef, index: int) -> dict[str, str]:
        """The good replies of an incomplete page; empty for every other page."""
        ...

    def bring_figure(self, document: DocumentRef, name: str, target: Path) -> bool:
        """Copy a crop to ``target``, a local file that may exist already; False where there is no crop.

        Raises ``OSError`` where ``target`` cannot be written.
        """
        ...

    def discard(self, key: str) -> None:
        """Remove the pages of all versions of a document."""
        ...

    def discard_all(self, keys: Iterable[str]) -> None:
        """``discard`` for each of these."""
        ...

    def sweep(self, live: Collection[str]) -> None:
        """Remove all documents but these. Call it while no worker runs."""
        ...


class ManifestStore(Protocol):
    """Records of published documents: one manifest each, and the settings of its run.

    Raises ``OutputError`` or ``StorageError`` where the storage refuses.
    """

    def write(self, manifest: Manifest) -> None:
        """Write the document's manifest, replacing an earlier one, once its files are in place."""
        ...

    def read(self, key: str) -> Manifest | None:
        """The manifest of one document; None where there is none or it is damaged."""
        ...

    def all(self) -> Iterator[Manifest]:
        """Every readable manifest, a bounded number in memory at a time."""
        ...

    def write_run(self, run: RunSettings) -> None:
        """Store the settings of a run, replacing equal ones of an earlier run."""
        ...

    def runs(self) -> list[RunSettings]:
        """The settings of all runs, the latest last."""
        ...


class ResultStore(Protocol):
    """Where finished documents go. Several processes use one at the same time, for different documents.

    A reader that goes by a document's manifest sees all of its files or none: never half a document, nor two
    versions mixed. Raises ``OutputError`` or ``StorageError`` where the storage refuses.
    """

    def prepare(self) -> None:
        """Check that it is writable, before any work is done."""
        ...

    def recover(self) -> None:
        """Clean up after a process that died. Call it while no document is being written."""
        ...

    def draft(self, folder: str) -> AbstractContextManager[Path]:
        """A new, empty local folder for a document's files, removed at the end.

        System errors of the block become errors of ``folder``, where the files will be.
        """
        ...

    def publish(self, draft: Path, manifest: Manifest) -> None:
        """Publish the draft's files, replacing an earlier version's, the manifest last.

        Raises ``DocumentNotWritable`` where this document's folder is the cause.
        """
        ...

    def missing(self, records: Mapping[str, DocumentRecord]) -> set[str]:
        """Keys of documents that the ledger has as written and whose files are not as published."""
        ...
