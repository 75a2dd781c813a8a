"""Workers that exist as messages with a time: what real workers would send, when these would send it."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from mineru_cli.domain.codec import decode, encode
from mineru_cli.domain.document import Unit
from mineru_cli.domain.events import PageFinished
from mineru_cli.engine.messages import (
    MESSAGES,
    OPENING,
    Assemble,
    Assembled,
    Assign,
    Drain,
    Drained,
    Opened,
    PageDone,
    PageEntered,
    PageLeft,
    UnitDone,
    UnitRead,
    WorkerReady,
)
from mineru_cli.engine.pool import WorkerExit

START = (1.0, 3.0)
"""Seconds until a worker is ready."""
OPEN, RENDER, WRITE = 0.02, 0.15, 0.05
"""Seconds of opening a document, of rendering a page, and of writing the files."""
ANSWERS = (2.0, 20.0)
"""Seconds from a rendered page to its last answer."""
PAGES_IN_FLIGHT = 4
"""Rendered pages of a worker that wait for answers; the next one is rendered when the oldest is done."""
GATHER = 0.05
"""Seconds for which messages are gathered, as by the Ray engine."""
FILES = ("{}.md", "{}_content_list.json", "{}_middle.json", "{}_model.json")


@dataclass(slots=True)
class _Worker:
    life: int = 0
    alive: bool = False
    busy_until: float = 0.0
    in_flight: deque[float] = field(default_factory=lambda: deque(maxlen=PAGES_IN_FLIGHT))
    """When the latest pages are done."""


class SimulatedPool:
    """Implements ``WorkerPool``. All its workers have the same speed; ``seed`` decides the rest.

    ``pages_of`` gives a document's number of pages. Messages are lines of JSON, as in the real pools, so the
    driver pays for reading them. ``stillborn`` workers end before they are ready. Without ``wire``
    messages are handed over as they are.
    """

    elastic = True

    def __init__(
        self,
        receive: Callable[[int, Any], None],
        pages_of: Callable[[str], int],
        *,
        workers: int,
        seed: int = 1,
        stillborn: bool = False,
        wire: bool = True,
    ) -> None:
        self._receive = receive
        self._pages_of = pages_of
        self._random = random.Random(seed)
        self._workers = [_Worker() for _ in range(workers)]
        self._stillborn = stillborn
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._entered: Counter[tuple[str, int]] = Counter()
        self.renderings: Counter[int] = Counter()
        """How many of the pages that are done were rendered once, twice, ..."""
        self._waiting: list[tuple[float, int, int, int, Any, tuple[str, int] | None]] = []
        self._order = itertools.count()
        self.own_cpu = 0.0
        """Seconds of CPU that the simulated workers took, which a driver would not."""
        self.units = 0
        self.messages = 0
        self.starts = 0

    async def start(self, worker: int) -> None:
        self.restart(worker)

    def restart(self, worker: int) -> None:
        self.starts += 1
        one = self._workers[worker]
        one.alive, one.busy_until = True, 0.0
        one.in_flight.clear()
        after = self._random.uniform(*START)
        self._say(worker, after, None if self._stillborn else WorkerReady(worker + 1, after))

    def send(self, worker: int, command: Any) -> None:
        if self._wire:
            encode(command)
        if not self._workers[worker].alive:
            return
        began = time.thread_time()
        self._act(worker, command)
        self.own_cpu += time.thread_time() - began

    def _act(self, worker: int, command: Any) -> None:
        if isinstance(command, Assign):
            self._read(worker, command.unit)
        elif isinstance(command, Assemble):
            stem = command.document.stem
            sizes = tuple((name.format(stem), 1000) for name in FILES)
            self._say(worker, WRITE, Assembled(command.job, sizes))
        elif isinstance(command, Drain):
            self._say(worker, 0.0, Drained())

    def kill(self, worker: int) -> None:
        self._exit(worker, self._workers[worker].life)

    def memory(self, worker: int) -> int:
        return 0

    async def close(self) -> None:
        for worker in range(len(self._workers)):
            self.kill(worker)

    def vanish(self, share: float) -> int:
        """Lose this share (0-1) of the workers at one moment; returns how many."""
        lost = self._random.sample(range(len(self._workers)), int(len(self._workers) * share))
        for worker in lost:
            self.kill(worker)
        return len(lost)

    def _read(self, worker: int, unit: Unit) -> None:
        one, now = self._workers[worker], self._loop.time()
        at, key = max(now, one.busy_until), unit.document.key
        say = self._say
        say(worker, at - now, PageEntered(unit.id, OPENING))
        at += OPEN
        say(worker, at - now, PageLeft())
        count = self._pages_of(key)
        say(worker, at - now, Opened(unit.id, count))
        last = at
        for page in range(unit.window.start, min(unit.window.stop, count)):
            if page in unit.skip:
                continue
            if len(one.in_flight) == PAGES_IN_FLIGHT:
                at = max(at, one.in_flight[0])
            say(worker, at - now, PageEntered(unit.id, page), (key, page))
            at += RENDER
            say(worker, at - now, PageLeft())
            done = at + self._random.uniform(*ANSWERS)
            finished = PageFinished(
                key, page, worker, done - at, 12, 0, 13, 0, prompt_tokens=4000, completion_tokens=900
            )
            say(worker, done - now, PageDone(unit.id, finished=finished))
            last = max(last, done)
            one.in_flight.append(done)
        say(worker, at - now, UnitRead(unit.id))
        say(worker, last - now, UnitDone(unit.id))
        one.busy_until = at
        self.units += 1

    def _say(self, worker: int, after: float, message: Any, entered: tuple[str, int] | None = None) -> None:
        """Send a message, or end when it is None. ``entered`` is the page that it says is being read."""
        line = encode(message) if self._wire and message is not None else message
        due = self._loop.time() + after
        life = self._workers[worker].life
        heappush(self._waiting, (due, next(self._order), worker, life, line, entered))

    async def attend(self) -> None:
        """Deliver messages as they become due, for as long as the run lasts."""
        while True:
            await asyncio.sleep(GATHER)
            now = self._loop.time()
            while self._waiting and self._waiting[0][0] <= now:
                self._deliver(*heappop(self._waiting)[2:])

    def _deliver(self, worker: int, life: int, line: Any, entered: tuple[str, int] | None) -> None:
        if self._workers[worker].life != life:
            return
        if line is None:
            self._exit(worker, life)
            return
        self.messages += 1
        message = decode(line, MESSAGES) if self._wire else line
        if entered:
            self._entered[entered] += 1
        elif isinstance(message, PageDone) and message.finished:
            page = (message.finished.document, message.finished.page)
            self.renderings[self._entered.pop(page, 0)] += 1
        self._receive(worker, message)

    def _exit(self, worker: int, life: int) -> None:
        one = self._workers[worker]
        if one.alive and one.life == life:
            one.life += 1
            one.alive = False
            self._receive(worker, WorkerExit("SIGKILL", -9, "the node is gone"))
