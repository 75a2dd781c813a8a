"""What a run needs of its storage: ``local`` and ``objects`` implement it.

The contracts of every implementation are ``tests/store/contract.py``.
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
    """Results of the pages of unfinished documents: what a run that was killed goes on from.

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
        """Keep one page and its crops in place of what was kept of it. Survives ``kill -9`` after that.

        ``replies`` are the good ones of an incomplete page, by question.
        """
        ...

    def done(self, document: DocumentRef) -> dict[int, bool]:
        """The pages kept, by index: whether the page failed or lost content. What is damaged is dropped."""
        ...

    def load(self, document: DocumentRef, index: int) -> PageResult:
        """One page. Raises ``PageUnreadable`` when it is not there."""
        ...

    def pages(self, document: DocumentRef, indices: Iterable[int]) -> Iterator[PageResult]:
        """These pages in this order, one in memory at a time. Raises ``PageUnreadable`` for a missing one."""
        ...

    def replies(self, document: DocumentRef, index: int) -> dict[str, str]:
        """The good replies of a page that was incomplete; none for every other page."""
        ...

    def bring_figure(self, document: DocumentRef, name: str, target: Path) -> bool:
        """Put a crop at ``target``, a local file that may be there already; False where there is no crop.

        Raises ``OSError`` where ``target`` cannot be written.
        """
        ...

    def discard(self, key: str) -> None:
        """Forget the pages of every version of a document."""
        ...

    def discard_all(self, keys: Iterable[str]) -> None:
        """``discard`` for each of these."""
        ...

    def sweep(self, live: Collection[str]) -> None:
        """Forget all documents but these. To be called while no worker runs."""
        ...


class ManifestStore(Protocol):
    """What was published: one manifest per document, and the settings behind it.

    Raises ``OutputError`` or ``StorageError`` where the storage refuses.
    """

    def write(self, manifest: Manifest) -> None:
        """Keep the manifest in place of the document's last one, once the files are in place."""
        ...

    def read(self, key: str) -> Manifest | None:
        """The manifest of one document; None where there is none or it is damaged."""
        ...

    def all(self) -> Iterator[Manifest]:
        """Every manifest that can be read, a bounded number in memory at a time."""
        ...

    def write_run(self, run: RunSettings) -> None:
        """Keep the settings of a run, in place of an earlier one's that were equal."""
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
        """Prove that it can be written, before any work is done."""
        ...

    def recover(self) -> None:
        """Undo what a process that died has begun. To be called while no document is written."""
        ...

    def draft(self, folder: str) -> AbstractContextManager[Path]:
        """A new, empty local folder for a document's files, removed at the end.

        System errors of the block become errors of ``folder``, where the files will be.
        """
        ...

    def publish(self, draft: Path, manifest: Manifest) -> None:
        """Make the draft's files those of the document, in place of an earlier version's, the manifest last.

        Raises ``DocumentNotWritable`` where this document's place is the reason.
        """
        ...

    def missing(self, records: Mapping[str, DocumentRecord]) -> set[str]:
        """Keys of documents that the ledger calls written and whose files are not there as published."""
        ...
