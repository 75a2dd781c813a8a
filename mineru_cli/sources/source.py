"""The port for storage that documents are read from. Its contract is ``tests/sources/contract.py``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from mineru_cli.domain.document import Kind, Version
from mineru_cli.sources.inputs import Folder
from mineru_cli.sources.patterns import Filter
from mineru_cli.sources.walk import FoundFile, SkippedFiles, Unusable


class InputSource(Protocol):
    """One kind of storage. Several threads may use it at once."""

    remote: bool
    """Whether ``open`` copies the document, which takes time."""

    def resolve(self, text: str) -> Folder | str:
        """Resolve an INPUT to a folder to search, or to the path of one document.

        Raises ``InputNotFound``, ``StorageError``.
        """
        ...

    def list(self, folder: Folder, wanted: Filter, skipped: SkippedFiles) -> Iterator[FoundFile | Unusable]:
        """The documents of a folder with their keys, streaming, in a stable order.

        Memory holds the names of one folder at most, never the tree. Results of runs are skipped. A
        folder that an earlier call has searched is not searched again.
        """
        ...

    def version(self, path: str) -> Version:
        """A value that changes with the document. Raises ``DocumentError`` where there is no document."""
        ...

    def kind(self, path: str) -> Kind | None:
        """The kind of a document by its first bytes; None for other types and for unreadable files."""
        ...

    def open(self, path: str) -> AbstractContextManager[str]:
        """The path of a local file with the document's content, while the context lasts. Blocks.

        Raises ``DocumentError`` when this document cannot be read, ``StorageError`` when the storage cannot.
        """
        ...
