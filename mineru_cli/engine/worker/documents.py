"""The documents a worker has open, and the announcement of what its page thread is about to process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, TypeVar

import anyio
from PIL.Image import Image

from mineru_cli.domain.document import DocumentRef, Unit
from mineru_cli.engine.messages import OPENING, PageEntered, PageLeft
from mineru_cli.engine.worker.local_copies import LocalCopies
from mineru_cli.engine.worker.page_task import broken
from mineru_cli.engine.worker.page_thread import RENDER, PageThread
from mineru_cli.errors import MinerUBatchError
from mineru_cli.pages.reader import OpenDocument, open_document
from mineru_cli.settings import Settings
from mineru_cli.sources.registry import Sources
from mineru_cli.sources.sniff import settle_kind

T = TypeVar("T")

KEPT_OPEN = 2
"""Documents kept open after their unit: the next window of a large one often goes to the same worker."""


class OpenDocuments:
    """Opens documents in the page thread and keeps the last few. Used from the event loop only."""

    def __init__(
        self,
        settings: Settings,
        thread: PageThread,
        send: Callable[[Any], None],
        clock: Callable[[], float],
        sources: Sources,
    ) -> None:
        self._settings = settings
        self._thread = thread
        self._send = send
        self._clock = clock
        self._sources = sources
        self.copies = LocalCopies(sources, settings.limits)
        self._open: OrderedDict[str, _Opened] = OrderedDict()
        self._opening = anyio.Lock()

    async def open(self, unit: Unit) -> OpenDocument:
        """The unit's document. Raises ``DocumentError``, ``StorageError``, ``OutputError``."""
        key = unit.document.key
        async with self._opening:  # several pages of a document that was closed may be read once more
            if key not in self._open:
                path, owner = await self.copies.take(unit.document)
                self._open[key] = await self.touch(unit, OPENING, self._open_now, unit.document, path, owner)
            self._open.move_to_end(key)
            return self._open[key].document

    def expects(self, document: DocumentRef) -> bool:
        """Whether ``copies.make`` is due for a document that will be opened."""
        return document.key not in self._open and self.copies.is_needed(document)

    async def touch(self, unit: Unit, page: int, function: Callable[..., T], *args: object) -> T:
        """Run a call on a page (or ``OPENING``) in the page thread."""
        return await self._thread.run(RENDER, self.announced(unit, page, function), *args)

    def announced(self, unit: Unit, page: int, function: Callable[..., T]) -> Callable[..., T]:
        """``function``, wrapped so that the coordinator knows the page for as long as it runs."""

        def call(*args: object) -> T:
            self._send(PageEntered(unit.id, page))
            try:
                return function(*args)
            finally:
                self._send(PageLeft())

        return call

    def deadline(self, document: DocumentRef) -> float | None:
        """Time from which the document's requests are not retried; None without ``--document-deadline``."""
        limit, opened = self._settings.document_deadline, self._open.get(document.key)
        return None if limit is None else (opened.at if opened else self._clock()) + limit

    def close_oldest(self) -> None:
        """Close the least recently used documents, except for the last few."""
        while len(self._open) > KEPT_OPEN:
            _, opened = self._open.popitem(last=False)
            self._thread.submit(RENDER, opened.owner.close)

    async def close(self) -> None:
        """Close everything."""
        while self._open:
            await self._thread.run(RENDER, self._open.popitem()[1].owner.close)
        await self.copies.close()

    @contextmanager
    def images_of(self, document: DocumentRef) -> Iterator[Callable[[int], Image]]:
        """Page images for ``--layout-pdf``, to be used from any thread but the page thread."""
        with ExitStack() as stack:
            path = stack.enter_context(self._sources.of(document.path).open(document.path))

            def image(index: int) -> Image:
                opened = self._thread.submit(RENDER, self._open_now, document, path, ExitStack()).result()
                try:
                    return self._thread.submit(RENDER, opened.document.read, index).result().image
                finally:
                    self._thread.submit(RENDER, opened.owner.close).result()

            yield image

    def _open_now(self, document: DocumentRef, path: str, owner: ExitStack) -> _Opened:
        try:
            opened = self._open_document(settle_kind(document, path), path)
        except MinerUBatchError:
            owner.close()
            raise
        except Exception as error:
            owner.close()
            raise broken(error) from error
        owner.callback(opened.close)
        return _Opened(opened, owner, self._clock())

    def _open_document(self, document: DocumentRef, path: str) -> OpenDocument:
        return open_document(
            path,
            document.kind,
            passwords=[secret.get_secret_value() for secret in self._settings.password],
            rendering=self._settings.rendering,
            limits=self._settings.limits,
        )


class _Opened(NamedTuple):
    """``owner`` closes the document and removes its copy; ``at`` is the time at which it was opened."""

    document: OpenDocument
    owner: ExitStack
    at: float
