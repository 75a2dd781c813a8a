"""Decides when a worker may prepare another page: when slots could run empty, within the memory budget.

A prepared page holds its image until its crops are cut. The budget counts the bytes of images that are really
alive: they are released when the image object is freed. It counts the pictures of requests as well, while
these are in flight.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from mineru_cli.pages.pixels.packed_image import PackedImage

FEW = 3
"""Images that may take the whole budget, as large scans do. More, smaller pages fill the slots with a
third of it: the rest would only be used while a server stalls."""


class Demand(Protocol):
    """The fleet's demand for requests."""

    @property
    def queued(self) -> int:
        """Requests waiting for a slot."""
        ...

    @property
    def limit(self) -> int:
        """Requests that may be in flight."""
        ...


class Admission:
    """Admits the next page while fewer requests are queued than there are slots."""

    def __init__(self, demand: Demand, budget: int) -> None:
        self._demand = demand
        self._budget = budget
        self._held = 0
        self._images = 0
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def held(self) -> int:
        """Bytes of live page images and of requests in flight."""
        return self._held

    def poke(self) -> None:
        """Wake ``room``: its condition may have changed. Only from the event loop."""
        self._changed.set()

    async def room(self, closed: Callable[[], bool]) -> None:
        """Wait until another page may be prepared, or until ``closed()``."""
        while not closed() and not self._has_room():
            self._changed.clear()
            await self._changed.wait()

    def hold(self, image: PackedImage) -> None:
        """Count an image against the budget for as long as it lives."""
        self._held += image.bytes
        self._images += 1
        weakref.finalize(image, self._image_freed, image.bytes).atexit = False

    @contextmanager
    def asking(self, picture: bytes) -> Iterator[None]:
        """Count a request's picture and its encoded body while the request is in flight."""
        size = len(picture) + len(picture) * 4 // 3
        self._held += size
        try:
            yield
        finally:
            self._release(size)

    def _has_room(self) -> bool:
        budget = self._budget if self._images < FEW else self._budget // 3
        return self._held < budget and self._demand.queued < max(2, self._demand.limit)

    def _image_freed(self, size: int) -> None:
        """In any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._let_go, size)

    def _let_go(self, size: int) -> None:
        self._images -= 1
        self._release(size)

    def _release(self, size: int) -> None:
        self._held -= size
        self._changed.set()
