"""The coordinator's table of workers: what each holds, and which can take more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, nsmallest

from mineru_cli.domain.document import Unit
from mineru_cli.engine.messages import Assemble
from mineru_cli.engine.schedule.worker_exit import Reason

Load = tuple[int, ...]

UNITS_AHEAD = 2
"""Units a worker may hold whose pages are not all prepared yet: the current and the next one."""
READY_PER_RESERVED = 8
"""One of this number of workers, and at least one, is kept free for suspected pages while some wait."""
STALE_ENTRIES = 8
"""Entries per slot at which a queue is rebuilt."""


@dataclass(slots=True)
class WorkerSlot:
    """One worker. ``reading`` is (unit id, page, since) while its page thread is busy.

    ``last_message_at`` is in seconds of the coordinator's clock. ``limit`` is its share of the requests where
    that changes, ``target`` the number of the target whose documents it reads. Results for units in
    ``given_up`` are ignored.
    """

    number: int
    target: int = 0
    ready: bool = False
    pid: int = 0
    drained: bool = False
    units: dict[int, Unit] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)
    given_up: set[int] = field(default_factory=set)
    jobs: dict[int, Assemble] = field(default_factory=dict)
    alone: bool = False
    reading: tuple[int, int, float] | None = None
    last_message_at: float = 0.0
    ended_by_us: Reason | None = None
    early_deaths: int = 0
    limit: int = 0

    @property
    def idle(self) -> bool:
        """Whether it is ready and holds nothing."""
        return self.ready and not self.units and not self.jobs

    def hold(self, unit: Unit, *, alone: bool) -> None:
        """Record a unit that was sent to this worker."""
        self.units[unit.id] = unit
        self.unread.add(unit.id)
        self.alone = alone

    def let_go(self, unit: int) -> None:
        """Remove a unit that is done or given up."""
        self.units.pop(unit, None)
        self.unread.discard(unit)
        self.given_up.discard(unit)
        if not self.units:
            self.alone = False

    def give_up(self, document: str) -> None:
        """Ignore further results for the units of the document with this key."""
        self.given_up |= {number for number, unit in self.units.items() if unit.document.key == document}

    def extend_deadlines(self, seconds: float) -> None:
        """Deduct ``seconds`` from the time for which it read, or was silent."""
        self.last_message_at += seconds
        if self.reading:
            unit, page, since = self.reading
            self.reading = (unit, page, since + seconds)

    def release_all(self) -> tuple[list[Unit], list[Assemble]]:
        """The worker ended: return what it held."""
        held = list(self.units.values()), list(self.jobs.values())
        self.units, self.unread, self.jobs = {}, set(), {}
        self.given_up = set()
        self.ready, self.drained, self.alone = False, False, False
        self.reading, self.ended_by_us, self.limit = None, None, 0
        return held


class WorkerTable:
    """The slots of a target's workers, numbered from ``first``.

    ``changed`` must be called after every change of a slot, so that the least loaded one is found without
    looking at all of them: a thousand workers send thousands of messages per second.
    """

    def __init__(self, workers: int, first: int = 0, target: int = 0) -> None:
        self.slots = [WorkerSlot(number, target) for number in range(first, first + workers)]
        self._readers = LeastLoaded(self.slots, _reading_load)
        self._writers = LeastLoaded(self.slots, _writing_load)

    def __iter__(self) -> Iterator[WorkerSlot]:
        return iter(self.slots)

    def __len__(self) -> int:
        return len(self.slots)

    def changed(self, slot: WorkerSlot) -> None:
        """Call this after the slot's load changed, or its worker started or ended."""
        self._readers.changed(slot)
        self._writers.changed(slot)

    def writer(self) -> WorkerSlot | None:
        """The ready slot with the fewest documents to write."""
        return self._writers.first()

    def reader(self, suspects: int = 0) -> WorkerSlot | None:
        """The least loaded slot that can take another unit.

        While ``suspects`` wait, some slots get no new units, so that they become idle for them.
        """
        return self._reader_beyond_reserve(suspects) if suspects else self._readers.first()

    def idle_slot(self) -> WorkerSlot | None:
        """An idle slot, for a unit that must run alone."""
        return next((slot for slot in self.slots if slot.idle), None)

    def _reader_beyond_reserve(self, suspects: int) -> WorkerSlot | None:
        ready = [slot for slot in self.slots if slot.ready]
        count = max(1, min(suspects, len(ready) // READY_PER_RESERVED))
        kept = nsmallest(count, ready, key=lambda slot: (len(slot.units), slot.number))
        reserved = {slot.number for slot in kept}
        loads = [load for slot in ready if (load := _reading_load(slot)) and load[-1] not in reserved]
        return self.slots[min(loads)[-1] - self.slots[0].number] if loads else None


class LeastLoaded:
    """A queue of slots ordered by a changing load. Outdated entries are dropped when they reach the front.

    ``load`` is None for a slot that takes nothing, and ends with the slot's number.
    """

    def __init__(self, slots: Sequence[WorkerSlot], load: Callable[[WorkerSlot], Load | None]) -> None:
        self._slots = slots
        self._first = slots[0].number if slots else 0
        self._load = load
        self._heap: list[Load] = []
        self._latest: list[Load | None] = [None for _ in slots]
        """The latest entry of each slot while it is in the queue."""

    def changed(self, slot: WorkerSlot) -> None:
        """The slot's load may have changed."""
        load, place = self._load(slot), slot.number - self._first
        if load is None or load == self._latest[place]:
            return
        self._latest[place] = load
        if len(self._heap) > STALE_ENTRIES * len(self._slots):
            self._latest = [self._load(slot) for slot in self._slots]
            self._heap = [load for load in self._latest if load]
            heapify(self._heap)
        else:
            heappush(self._heap, load)

    def first(self) -> WorkerSlot | None:
        """The least loaded slot, by number among equals; None when none takes anything."""
        while self._heap:
            load = self._heap[0]
            place = load[-1] - self._first
            slot = self._slots[place]
            if self._load(slot) == load:
                return slot
            heappop(self._heap)
            if self._latest[place] == load:
                self._latest[place] = None
        return None


def _reading_load(slot: WorkerSlot) -> Load | None:
    if not slot.ready or slot.alone or len(slot.unread) >= UNITS_AHEAD:
        return None
    return len(slot.unread), len(slot.units), slot.number


def _writing_load(slot: WorkerSlot) -> Load | None:
    return (len(slot.jobs), slot.number) if slot.ready else None
