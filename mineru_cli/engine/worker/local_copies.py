"""Local copies of documents in object storage, made while the worker still reads earlier documents."""

from __future__ import annotations

from contextlib import ExitStack

import anyio
import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.errors import MinerUBatchError
from mineru_cli.pages.reader import check_size
from mineru_cli.settings import Limits
from mineru_cli.sources.registry import Sources


class LocalCopies:
    """Copies in progress and finished, by key. Documents of this machine need none.

    Used from the event loop only.
    """

    def __init__(self, sources: Sources, limits: Limits) -> None:
        self._sources = sources
        self._limits = limits
        self._copies: dict[str, _Copy] = {}

    def is_needed(self, document: DocumentRef) -> bool:
        """Whether a copy of the document has to be made, and none is."""
        return self._sources.of(document.path).remote and document.key not in self._copies

    async def make(self, document: DocumentRef) -> None:
        """Copy the document. Its errors are raised by ``take``."""
        copy = self._copies[document.key] = _Copy()
        try:
            check_size(document.size, self._limits)
            source = self._sources.of(document.path)
            copy.path = await anyio.to_thread.run_sync(copy.owner.enter_context, source.open(document.path))
        except MinerUBatchError as error:
            copy.error = error
        finally:
            copy.made.set()

    async def take(self, document: DocumentRef) -> tuple[str, ExitStack]:
        """The path of the content, and what removes it. Raises ``DocumentError``, ``StorageError``.

        The caller closes the stack.
        """
        if self.is_needed(document):
            await self.make(document)
        copy = self._copies.get(document.key)
        if copy is None:
            return document.path, ExitStack()
        await copy.made.wait()
        self._copies.pop(document.key, None)
        if copy.error is not None:
            raise copy.error
        return copy.path, copy.owner

    async def close(self) -> None:
        """Remove copies that were not taken."""
        while self._copies:
            await anyio.to_thread.run_sync(self._copies.popitem()[1].owner.close)


class _Copy:
    def __init__(self) -> None:
        self.made = anyio.Event()
        self.owner = ExitStack()
        self.path = ""
        self.error: MinerUBatchError | None = None
