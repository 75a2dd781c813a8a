"""The queue of requests that wait for a slot: lower priority first, then first come first served. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Waiter(Generic[T]):
    """A place in the queue. ``failed`` requests queue separately, so that they can be held back.

    ``avoid`` is the server on which it failed last, ``given`` the slot once there is one.
    """

    __slots__ = ("avoid", "failed", "given", "key", "left", "wake")

    def __init__(
        self,
        priority: float,
        number: int,
        *,
        failed: bool,
        avoid: object = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self.key = (priority, number)
        self.failed = failed
        self.avoid = avoid
        self.wake = wake
        self.given: T | None = None
        self.left = False

    def __lt__(self, other: Waiter[T]) -> bool:
        return self.key < other.key


class RequestQueue(Generic[T]):
    """Two heaps: new requests, and those to be retried after a failure."""

    def __init__(self) -> None:
        self._fresh: list[Waiter[T]] = []
        self._failed: list[Waiter[T]] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def join(self, waiter: Waiter[T]) -> None:
        """Join the queue."""
        heapq.heappush(self._failed if waiter.failed else self._fresh, waiter)
        self._length += 1

    def leave(self, waiter: Waiter[T]) -> None:
        """Give up waiting; the place is removed when it reaches the front."""
        if not waiter.left:
            waiter.left = True
            self._length -= 1

    def first(self, *, with_failed: bool, fresh_first: bool = False) -> Waiter[T] | None:
        """The next waiter, without removing it. ``fresh_first``: a failed one only when no other waits."""
        fresh = _head(self._fresh)
        failed = _head(self._failed) if with_failed else None
        if fresh is None or failed is None:
            return fresh or failed
        return fresh if fresh_first or fresh < failed else failed

    def take(self, waiter: Waiter[T]) -> None:
        """Remove the waiter that ``first`` returned."""
        heapq.heappop(self._failed if waiter.failed else self._fresh)
        waiter.left = True
        self._length -= 1


def _head(heap: list[Waiter[T]]) -> Waiter[T] | None:
    while heap and heap[0].left:
        heapq.heappop(heap)
    return heap[0] if heap else None
