"""When may a worker prepare another page? When slots could run dry, and only within the memory budget.

A prepared page holds its image until its crops are cut. The budget counts the bytes of images that are
really alive: they are given back when the image object is freed, not when somebody says so. It counts the
pictures of requests as well, from when they are asked until they are answered.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from mineru_cli.pages.pixels.packed_image import PackedImage

FEW = 3
"""Images that may take the whole budget, as large scans do. Pages of text are many, and fill the slots with a
third of it: the rest would only be filled while a server stalls."""


class Demand(Protocol):
    """What the fleet says of its slots."""

    @property
    def queued(self) -> int:
        """Requests waiting for a slot."""
        ...

    @property
    def limit(self) -> int:
        """Requests that may be in flight."""
        ...


class Admission:
    """Lets the next page in while fewer requests are queued than a full turn of the slots would take."""

    def __init__(self, demand: Demand, budget: int) -> None:
        self._demand = demand
        self._budget = budget
        self._held = 0
        self._images = 0
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def held(self) -> int:
        """Bytes of page images alive and of requests under way."""
        return self._held

    def poke(self) -> None:
        """Something that ``room`` waits for may have changed. Only from the event loop."""
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
        """Count a request's picture, and the body that is made of it, for as long as it is asked."""
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
