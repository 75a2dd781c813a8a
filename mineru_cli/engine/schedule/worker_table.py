"""The workers as the coordinator sees them: who holds what, who may be handed more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mineru_cli.domain.document import Unit
from mineru_cli.engine.messages import Assemble
from mineru_cli.engine.schedule.worker_exit import Reason

UNITS_AHEAD = 2
"""Units a worker may hold whose pages are not all prepared yet: one at work, one to go on with."""


@dataclass(slots=True)
class WorkerSlot:
    """One worker. ``reading`` is (unit id, page, since) while its page thread is at work.

    ``heard`` is when it last sent a message, ``limit`` its share of the requests where that changes.
    ``target`` is whose documents it works on. What it reads of the units ``given_up`` is of no use.
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
    heard: float = 0.0
    ended_by_us: Reason | None = None
    early_deaths: int = 0
    limit: int = 0

    @property
    def idle(self) -> bool:
        """Ready, and nothing held."""
        return self.ready and not self.units and not self.jobs

    def hold(self, unit: Unit, *, alone: bool) -> None:
        """The unit was sent to this worker."""
        self.units[unit.id] = unit
        self.unread.add(unit.id)
        self.alone = alone

    def let_go(self, unit: int) -> None:
        """The unit is done or given up."""
        self.units.pop(unit, None)
        self.unread.discard(unit)
        self.given_up.discard(unit)
        if not self.units:
            self.alone = False

    def give_up(self, document: str) -> None:
        """Nothing is expected any more of the units of the document with this key."""
        self.given_up |= {number for number, unit in self.units.items() if unit.document.key == document}

    def extend_deadlines(self, seconds: float) -> None:
        """Take so long off the time for which it read, or said nothing."""
        self.heard += seconds
        if self.reading:
            unit, page, since = self.reading
            self.reading = (unit, page, since + seconds)

    def release_all(self) -> tuple[list[Unit], list[Assemble]]:
        """The worker is gone: what it held."""
        held = list(self.units.values()), list(self.jobs.values())
        self.units, self.unread, self.jobs = {}, set(), {}
        self.given_up = set()
        self.ready, self.drained, self.alone = False, False, False
        self.reading, self.ended_by_us, self.limit = None, None, 0
        return held


class WorkerTable:
    """The slots of a target's workers, numbered from ``first``."""

    def __init__(self, workers: int, first: int = 0, target: int = 0) -> None:
        self.slots = [WorkerSlot(number, target) for number in range(first, first + workers)]

    def __iter__(self) -> Iterator[WorkerSlot]:
        return iter(self.slots)

    def __len__(self) -> int:
        return len(self.slots)

    def open_slots(self, *, reserve: bool) -> Iterator[WorkerSlot]:
        """Seats that take another unit, least loaded first, until none does.

        ``reserve``: keep one slot free of new units, so that it becomes idle for a suspect.
        """
        while True:
            free = [
                slot
                for slot in self.slots
                if slot.ready and not slot.alone and len(slot.unread) < UNITS_AHEAD
            ]
            if reserve and free:
                kept = min(
                    (s for s in self.slots if s.ready), key=lambda slot: (len(slot.units), slot.number)
                )
                free = [slot for slot in free if slot is not kept]
            if not free:
                return
            yield min(free, key=lambda slot: (len(slot.unread), len(slot.units), slot.number))

    def idle_slot(self) -> WorkerSlot | None:
        """A slot with nothing at all, for a unit that must run alone."""
        return next((slot for slot in self.slots if slot.idle), None)
