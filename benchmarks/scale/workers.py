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
_Message = tuple[int, int, Any, tuple[str, int] | None]
"""Worker, its life, the line, and the page that it says is being read."""
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
        self._sent: list[tuple[int, int, float, Any]] = []
        """Worker, its life, when it was sent, and the command; None is its start."""
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
        self._sent.append((worker, one.life, self._loop.time(), None))

    def send(self, worker: int, command: Any) -> None:
        if self._wire:
            encode(command)
        one = self._workers[worker]
        if one.alive:
            self._sent.append((worker, one.life, self._loop.time(), command))

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

    async def attend(self) -> None:
        """Deliver messages as they become due, for as long as the run lasts.

        What the workers do with their commands comes first and what is counted of it last: both are timed as
        theirs, twice per gathering, so that taking the time costs nothing that matters.
        """
        while True:
            await asyncio.sleep(GATHER)
            began = time.thread_time()
            due = self._due(self._loop.time())
            self.own_cpu += time.thread_time() - began
            delivered = [self._deliver(*one) for one in due]
            began = time.thread_time()
            for message, page in delivered:
                self._count(message, page)
            self.own_cpu += time.thread_time() - began

    def _due(self, now: float) -> list[_Message]:
        """Let the workers act on their commands, and take what they have said by now."""
        sent, self._sent = self._sent, []
        for worker, life, at, command in sent:
            if self._workers[worker].life == life:
                self._act(worker, at, command)
        due = []
        while self._waiting and self._waiting[0][0] <= now:
            due.append(heappop(self._waiting)[2:])
        return due

    def _act(self, worker: int, now: float, command: Any) -> None:
        if isinstance(command, Assign):
            self._read(worker, now, command.unit)
        elif isinstance(command, Assemble):
            stem = command.document.stem
            sizes = tuple((name.format(stem), 1000) for name in FILES)
            self._say(worker, now + WRITE, Assembled(command.job, sizes))
        elif isinstance(command, Drain):
            self._say(worker, now, Drained())
        elif command is None:
            after = self._random.uniform(*START)
            ready = None if self._stillborn else WorkerReady(worker + 1, after)
            self._say(worker, now + after, ready)

    def _read(self, worker: int, now: float, unit: Unit) -> None:
        one = self._workers[worker]
        at, key = max(now, one.busy_until), unit.document.key
        say = self._say
        say(worker, at, PageEntered(unit.id, OPENING))
        at += OPEN
        say(worker, at, PageLeft())
        count = self._pages_of(key)
        say(worker, at, Opened(unit.id, count))
        last = at
        for page in range(unit.window.start, min(unit.window.stop, count)):
            if page in unit.skip:
                continue
            if len(one.in_flight) == PAGES_IN_FLIGHT:
                at = max(at, one.in_flight[0])
            say(worker, at, PageEntered(unit.id, page), (key, page))
            at += RENDER
            say(worker, at, PageLeft())
            done = at + self._random.uniform(*ANSWERS)
            finished = PageFinished(
                key, page, worker, done - at, 12, 0, 13, 0, prompt_tokens=4000, completion_tokens=900
            )
            say(worker, done, PageDone(unit.id, finished=finished))
            last = max(last, done)
            one.in_flight.append(done)
        say(worker, at, UnitRead(unit.id))
        say(worker, last, UnitDone(unit.id))
        one.busy_until = at
        self.units += 1

    def _say(self, worker: int, due: float, message: Any, entered: tuple[str, int] | None = None) -> None:
        """Send a message, or end when it is None. ``entered`` is the page that it says is being read."""
        line = encode(message) if self._wire and message is not None else message
        life = self._workers[worker].life
        heappush(self._waiting, (due, next(self._order), worker, life, line, entered))

    def _deliver(
        self, worker: int, life: int, line: Any, entered: tuple[str, int] | None
    ) -> tuple[Any, tuple[str, int] | None]:
        """Hand a message to the driver. Returns it, None when the worker is gone, and the page entered."""
        if self._workers[worker].life != life:
            return None, None
        if line is None:
            self._exit(worker, life)
            return None, None
        message = decode(line, MESSAGES) if self._wire else line
        self._receive(worker, message)
        return message, entered

    def _count(self, message: Any, entered: tuple[str, int] | None) -> None:
        self.messages += message is not None
        if entered:
            self._entered[entered] += 1
        elif isinstance(message, PageDone) and message.finished:
            page = (message.finished.document, message.finished.page)
            self.renderings[self._entered.pop(page, 0)] += 1

    def _exit(self, worker: int, life: int) -> None:
        one = self._workers[worker]
        if one.alive and one.life == life:
            one.life += 1
            one.alive = False
            self._receive(worker, WorkerExit("SIGKILL", -9, "the node is gone"))
