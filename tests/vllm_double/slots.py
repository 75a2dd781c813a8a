"""The engine: slots that hold requests for their processing time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque


class Slots:
    """Continuous batching in its simplest form: N at a time, FIFO, busy time summed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.running = 0
        self.queue: deque[asyncio.Future[None]] = deque()
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.busy = self.moving = 0.0
        self.max_running = 0
        self.first: float | None = None
        self.mark = self.last = time.monotonic()

    def tick(self) -> None:
        now = time.monotonic()
        self.busy += self.running * (now - self.mark)
        if self.running and self.flowing.is_set():
            self.moving += now - self.mark
        self.mark = now

    def resize(self, count: int) -> None:
        self.count = count
        self._admit()

    async def serve(self, seconds: float) -> None:
        """Hold a slot for ``seconds``; longer while the engine is stuck."""
        self.first = self.first or time.monotonic()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.queue.append(turn)
        self._admit()
        try:
            await turn
            if seconds:
                await asyncio.sleep(seconds)
            await self.flowing.wait()
        finally:
            if turn.done() and not turn.cancelled():
                self.tick()
                self.running -= 1
                self.last = self.mark
            else:
                with contextlib.suppress(ValueError):
                    self.queue.remove(turn)
            self._admit()

    def _admit(self) -> None:
        while self.queue and self.running < self.count:
            turn = self.queue.popleft()
            if turn.cancelled():
                continue
            self.tick()
            self.running += 1
            self.max_running = max(self.max_running, self.running)
            turn.set_result(None)

    def reset(self) -> None:
        self.busy, self.first, self.max_running = 0.0, None, self.running
        self.mark = self.last = time.monotonic()
