"""The documents a worker has open, and the announcement of what its page thread is about to touch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from PIL.Image import Image

from mineru_cli.domain.document import DocumentRef, Unit
from mineru_cli.engine.messages import OPENING, PageEntered, PageLeft
from mineru_cli.engine.worker.page_task import broken
from mineru_cli.engine.worker.page_thread import RENDER, PageThread
from mineru_cli.errors import MinerUBatchError
from mineru_cli.pages.reader import OpenDocument, open_document
from mineru_cli.settings import Settings
from mineru_cli.sources.sniff import settle_kind

T = TypeVar("T")

KEPT_OPEN = 2
"""Documents kept open after their unit: the next window of a large one often comes to the same worker."""


class OpenDocuments:
    """Opens documents in the page thread and keeps the last few. Used from the event loop only."""

    def __init__(
        self,
        settings: Settings,
        thread: PageThread,
        send: Callable[[Any], None],
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._thread = thread
        self._send = send
        self._clock = clock
        self._open: OrderedDict[str, OpenDocument] = OrderedDict()
        self._opened_at: dict[str, float] = {}

    async def open(self, unit: Unit) -> OpenDocument:
        """The unit's document. Raises ``DocumentError``."""
        key = unit.document.key
        if key not in self._open:
            self._open[key] = await self.touch(unit, OPENING, self._open_now, unit.document)
            self._opened_at[key] = self._clock()
        self._open.move_to_end(key)
        return self._open[key]

    async def touch(self, unit: Unit, page: int, function: Callable[..., T], *args: object) -> T:
        """Read a page (or ``OPENING``) in the page thread."""
        return await self._thread.run(RENDER, self.announced(unit, page, function), *args)

    def announced(self, unit: Unit, page: int, function: Callable[..., T]) -> Callable[..., T]:
        """``function``, with the coordinator knowing what is touched for as long as it really runs."""

        def call(*args: object) -> T:
            self._send(PageEntered(unit.id, page))
            try:
                return function(*args)
            finally:
                self._send(PageLeft())

        return call

    def deadline(self, document: DocumentRef) -> float | None:
        """When requests of the document are no longer retried; None without ``--document-deadline``."""
        limit = self._settings.document_deadline
        return None if limit is None else self._opened_at.get(document.key, self._clock()) + limit

    def close_oldest(self) -> None:
        """Close what was used least lately, but for the last few."""
        while len(self._open) > KEPT_OPEN:
            key, document = self._open.popitem(last=False)
            del self._opened_at[key]
            self._thread.submit(RENDER, document.close)

    async def close(self) -> None:
        """Close everything."""
        while self._open:
            await self._thread.run(RENDER, self._open.popitem()[1].close)

    def images_of(self, document: DocumentRef) -> Callable[[int], Image]:
        """Page images for ``--layout-pdf``, to be called from any thread but the page thread."""

        def image(index: int) -> Image:
            opened = self._thread.submit(RENDER, self._open_now, document).result()
            try:
                return self._thread.submit(RENDER, opened.read, index).result().image
            finally:
                self._thread.submit(RENDER, opened.close).result()

        return image

    def _open_now(self, document: DocumentRef) -> OpenDocument:
        try:
            return self._open_document(settle_kind(document))
        except MinerUBatchError:
            raise
        except Exception as error:
            raise broken(error) from error

    def _open_document(self, document: DocumentRef) -> OpenDocument:
        return open_document(
            document.path,
            document.kind,
            passwords=[secret.get_secret_value() for secret in self._settings.password],
            rendering=self._settings.rendering,
            limits=self._settings.limits,
        )
