"""The coverage check of one page, and the second reading of a page that fails it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from mineru_cli.domain.flaws import PageFlaw, is_lost
from mineru_cli.domain.page import Reading
from mineru_cli.engine.worker.page_session import WHOLE_PAGE, PageSession
from mineru_cli.errors import MinerUBatchError
from mineru_cli.pages.coverage import (
    PageEvidence,
    ink_missing,
    lacks_ink,
    lacks_words,
    leaves_words_out,
    words_missing,
    words_outside,
)
from mineru_cli.pages.reader import OpenDocument
from mineru_cli.pages.textlayer import TextLayer, trustworthy
from mineru_cli.recipes.recipe import PreparedPage


class SecondLook(NamedTuple):
    """What can be done for a page whose result lacks text.

    ``prepare`` reads the page anew, to ask about it once more. ``layer`` reads its text, None where that is
    not trustworthy: in modes that take no text from the file it is read for this check alone.
    """

    prepare: Callable[[], Awaitable[PreparedPage]]
    layer: Callable[[], Awaitable[TextLayer | None]]


def trusted_layer(document: OpenDocument, index: int) -> TextLayer | None:
    """A page's own text, None where it has none that is trustworthy. CPU work: the page is drawn for it."""
    try:
        layer = document.text_layer(index, document.read(index))
    finally:
        document.release_page()
    return layer if layer is not None and trustworthy(layer) else None


class CoverageCheck:
    """Created before the first request for the page, while its picture is in memory."""

    def __init__(self, page: PreparedPage, session: PageSession, second: SecondLook | None) -> None:
        whole = page.request.kind in WHOLE_PAGE and not page.part_requests
        picture = page.request.image if whole and not page.writing else b""
        self._evidence = PageEvidence(
            page.overview or picture, page.layer, page.layer_trusted, page.text, page.writing
        )
        self._session = session
        self._second = second
        self._layer: TextLayer | None = None

    async def flaw(self, reading: Reading) -> PageFlaw | None:
        """The flaw of a page whose text is not in its reading, None where nothing is missing."""
        blocks = reading.blocks
        if any(is_lost(block.flaw) for block in blocks):
            return None  # what is short for a known reason needs no other
        compute = self._session.compute
        if lacks_words(self._evidence, blocks) and (layer := await compute(self._evidence.trusted_layer)):
            return await compute(words_missing, layer, blocks)
        if leaves_words_out(self._evidence, blocks) and (layer := await self._read_layer()):
            return await compute(words_outside, layer, blocks)
        if lacks_ink(self._evidence, blocks):
            return await compute(ink_missing, self._evidence, blocks)
        return None

    async def _read_layer(self) -> TextLayer | None:
        if self._layer is None and self._second is not None:
            try:
                self._layer = await self._second.layer()
            except MinerUBatchError:
                return None  # what the page has is kept without this check
        return self._layer
