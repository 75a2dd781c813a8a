"""What a run needs of its storage: ``local`` implements it. Its contract is ``tests/store/contract.py``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.manifest import Manifest
from mineru_cli.domain.page import PageResult


class PageStore(Protocol):
    """Results of the pages of unfinished documents: what a run that was killed goes on from.

    Several processes use one at the same time, each page is written by one. Pages belong to one version of a
    document (size and time) and to the settings of the run; others are never returned. Everything raises
    ``OutputError`` where the storage refuses.
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

    def figures(self, document: DocumentRef) -> Path:
        """A local folder with the document's crops by name. It may not exist."""
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
    """What was published, one manifest per document. Raises ``OutputError`` where the storage refuses."""

    def write(self, manifest: Manifest) -> None:
        """Keep the manifest in place of the document's last one, once the files are in place."""
        ...

    def read(self, key: str) -> Manifest | None:
        """The manifest of one document; None where there is none or it is damaged."""
        ...

    def all(self) -> Iterator[Manifest]:
        """Every manifest that can be read, one in memory at a time."""
        ...
