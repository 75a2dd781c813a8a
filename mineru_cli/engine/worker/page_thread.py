"""The thread of a worker that runs pdfium and Pillow.

pdfium is not thread safe, so there is exactly one such thread per process. Calls run by priority, then in
order of arrival: crops of a page already answered come before the rendering of the next page, because they
free its image.
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

CROPS, RENDER = 0, 1
_END = 2


class PageThread:
    """A single-threaded executor with priorities."""

    def __init__(self) -> None:
        self._queue: queue.PriorityQueue[tuple[int, int, Callable[[], Any] | None, Future[Any]]] = (
            queue.PriorityQueue()
        )
        self._order = itertools.count()
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)
        self._thread.start()

    def submit(self, priority: int, function: Callable[..., T], *args: object) -> Future[T]:
        """Queue a call; lower ``priority`` runs first."""
        future: Future[T] = Future()
        self._queue.put((priority, next(self._order), partial(function, *args), future))
        return future

    async def run(self, priority: int, function: Callable[..., T], *args: object) -> T:
        """Queue a call and wait for its result. Cancellation drops a call that has not started."""
        return await asyncio.wrap_future(self.submit(priority, function, *args))

    def close(self) -> None:
        """End the thread after the queued calls."""
        self._queue.put((_END, next(self._order), None, Future()))

    def _run(self) -> None:
        while True:
            _, _, call, future = self._queue.get()
            if call is None:
                return
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001  the waiter gets it, whatever it is
                future.set_exception(error)
            # The loop's next get() blocks: without this the last page's image would live on meanwhile.
            del call, future
