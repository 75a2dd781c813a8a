"""The coordinator: hands units to workers, counts pages down, takes back what a dead worker held.

It is a state machine driven by messages: ``receive`` changes state and dispatches; the only waiting is in
``run``. Documents enter bounded by ``READY_AHEAD``; they leave through ``Records.finished``, which commits
the outcome before it is announced.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import anyio

from mineru_cli.domain.document import DocumentRef, Status, Unit
from mineru_cli.domain.events import DocumentStarted, Event, PageFailed, WorkerStarted, WorkerStopped
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import (
    OPENING,
    Assemble,
    Assembled,
    Assign,
    Broken,
    Drain,
    Drained,
    Hello,
    NotAssembled,
    Opened,
    PageDone,
    Pause,
    Read,
    Reading,
    Refused,
    UnitDone,
    UnitRead,
)
from mineru_cli.engine.pool import WorkerExit, WorkerPool
from mineru_cli.engine.schedule.backlog import Backlog
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.engine.schedule.worker_exit import Cause, Reason, judge
from mineru_cli.engine.schedule.worker_table import Roster, Seat
from mineru_cli.errors import MinerUBatchError, NoPages, OutputError
from mineru_cli.settings import Limits

READY_AHEAD = 4
"""Documents taken up ahead, a worker: enough to never wait for discovery, few enough to finish early."""
TICK = 0.25
SILENT = 60.0
"""Seconds without a word after which a worker counts as hung: its loop reports twice a second."""
OURSELVES = 5.0
"""A tick that takes so long means that this process itself was stopped (Ctrl-Z, a frozen container)."""
ASSEMBLIES = 5
"""Times a document's files are written anew because the worker died meanwhile."""
FRUITLESS_DEATHS = 20
"""Workers that may die one after the other, over the whole run, without a single page done between."""
EARLY_DEATHS = 3
"""A worker that dies this often before it is ready will never come up."""


class Records(Protocol):
    """Where outcomes go before they are announced: the run's ledger and spool."""

    def opened(self, ref: DocumentRef, pages: int) -> None:
        """The document was opened; ``pages`` of it are selected."""
        ...

    def poisoned(self, ref: DocumentRef, page: int, failure: Failure) -> None:
        """Put a page that no worker can read into the spool as failed."""
        ...

    def finished(self, work: DocumentWork, status: Status, failure: Failure | None) -> None:
        """Commit the outcome, announce it, let go of the pages in the spool."""
        ...


class Coordinator:
    """One run's scheduling. All methods run on the event loop."""

    def __init__(
        self,
        pool: WorkerPool,
        backlog: Backlog,
        records: Records,
        *,
        workers: int,
        limits: Limits,
        assemble_failed: bool,
        announce: Callable[[Event], None],
        clock: Callable[[], float],
    ) -> None:
        self._pool = pool
        self._backlog = backlog
        self._records = records
        self._limits = limits
        self._assemble_failed = assemble_failed
        self._announce = announce
        self._clock = clock
        self._roster = Roster(workers)
        self._broken: Broken | None = None
        self._deaths = 0
        self._fed = False
        self._draining = False
        self._ended = False
        self._changed = anyio.Event()
        self._handlers: dict[type, Callable[[Seat, Any], None]] = {
            Hello: self._on_hello,
            Reading: self._on_reading,
            Read: self._on_read,
            Opened: self._on_opened,
            Refused: self._on_refused,
            PageDone: self._on_page_done,
            UnitRead: self._on_unit_read,
            UnitDone: self._on_unit_done,
            Assembled: self._on_assembled,
            NotAssembled: self._on_assembled,
            Drained: self._on_drained,
            Broken: self._on_broken,
            WorkerExit: self._on_exit,
        }

    # -- the run ------------------------------------------------------------------------------------

    async def run(self, documents: AsyncIterator[DocumentWork]) -> Broken | None:
        """Work until all documents are done, or draining is over; ``Broken`` when the run must end."""
        async with anyio.create_task_group() as tasks:
            for seat in self._roster:
                tasks.start_soon(self._pool.start, seat.number)
            tasks.start_soon(self._watch)
            tasks.start_soon(self._take_all, documents)
            try:
                while not self._over():
                    await self._changed.wait()
            finally:
                self._ended = True  # workers that end from now on are neither blamed nor replaced
            tasks.cancel_scope.cancel()
        return self._broken

    def drain(self) -> None:
        """Take up nothing new; pages in flight are finished, the rest stays for a resume."""
        self._draining = True
        self._backlog.drop_units()
        for seat in self._roster:
            self._pool.send(seat.number, Drain())
        self._wake()

    def pause(self, paused: bool) -> None:
        """Let workers take up no page for a while."""
        for seat in self._roster:
            self._pool.send(seat.number, Pause(paused))

    def receive(self, number: int, message: Any) -> None:
        """A worker's message, or its end. What is no message of ours is an event and is passed on."""
        seat = self._roster[number]
        seat.heard = self._clock()
        handler = self._handlers.get(type(message))
        if handler is None:
            self._announce(message)
            return
        try:
            handler(seat, message)
        except OutputError as error:
            self.fail(error)
        self._dispatch()
        self._wake()

    def fail(self, error: MinerUBatchError) -> None:
        """End the run for this reason, unless it already ends for another."""
        self._broken = self._broken or Broken(Failure.of(error), error.exit_code)
        self._wake()

    def _over(self) -> bool:
        if self._broken:
            return True
        if self._draining:
            writing = self._backlog.assemblies or any(seat.jobs for seat in self._roster)
            return not writing and all(seat.drained or not seat.ready for seat in self._roster)
        return self._fed and not len(self._backlog)

    async def _take_all(self, documents: AsyncIterator[DocumentWork]) -> None:
        async for work in documents:
            while self._backlog.ready >= READY_AHEAD * len(self._roster):
                await self._changed.wait()
            if self._draining:
                return
            self._backlog.take(work)
            self._dispatch()
        self._fed = True
        self._wake()

    async def _watch(self) -> None:
        while True:
            before = self._clock()
            await anyio.sleep(TICK)
            slept = self._clock() - before
            for seat in self._roster:
                if slept > OURSELVES:
                    seat.forgive(slept)
                else:
                    self._check(seat)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    # -- documents ----------------------------------------------------------------------------------

    def _on_opened(self, seat: Seat, message: Opened) -> None:
        unit = seat.units.get(message.unit)
        work = self._backlog.work(unit.document.key) if unit else None
        if unit is None or work is None or work.opened:
            return
        self._backlog.open(work, message.pages, unit.window)
        pages = len(work.selected)
        self._records.opened(work.ref, pages)
        self._announce(DocumentStarted(work.ref.key, pages, pages - len(work.left), seat.number))
        if pages:
            self._settle(work)
        else:
            nothing = NoPages(f"none of the selected pages exist: the document has {message.pages}")
            self._finish(work, "failed", Failure.of(nothing))

    def _on_refused(self, seat: Seat, message: Refused) -> None:
        unit = seat.units.get(message.unit)
        seat.let_go(message.unit)
        if unit and (work := self._backlog.work(unit.document.key)):
            self._finish(work, "failed", message.failure)

    def _on_page_done(self, seat: Seat, message: PageDone) -> None:
        unit, event = seat.units.get(message.unit), message.finished or message.failed
        if unit is None or event is None:
            return
        work = self._backlog.work(unit.document.key)
        failure = event.failure if isinstance(event, PageFailed) else None
        if work is None or not work.page_done(event.page, failure):
            return
        self._deaths = 0
        work.requests += event.requests
        work.retried += event.retried
        self._announce(event)
        self._settle(work)

    def _settle(self, work: DocumentWork) -> None:
        if work.left or work.assemblies:
            return
        if work.verdict and not self._assemble_failed:
            self._finish(work, "failed", work.verdict)
        else:
            self._backlog.assemble(work)

    def _on_assembled(self, seat: Seat, message: Assembled | NotAssembled) -> None:
        job = seat.jobs.pop(message.job, None)
        work = self._backlog.work(job.document.key) if job else None
        if work is None:
            return
        if isinstance(message, NotAssembled):
            self._finish(work, "failed", message.failure)
        else:
            self._finish(work, "partial" if work.failed else "done", None)

    def _finish(self, work: DocumentWork, status: Status, failure: Failure | None) -> None:
        self._backlog.finish(work)
        self._records.finished(work, status, failure)

    # -- units --------------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        if self._broken:
            return
        ready = [seat for seat in self._roster if seat.ready]
        while self._backlog.assemblies and ready:
            job = self._backlog.assemblies.popleft()
            seat = min(ready, key=lambda seat: len(seat.jobs))
            seat.jobs[job.job] = job
            self._pool.send(seat.number, job)
        while self._backlog.alone and (idle := self._roster.idle_seat()):
            self._assign(idle, self._backlog.alone.popleft(), alone=True)
        for seat in self._roster.open_seats(reserve=bool(self._backlog.alone)):
            unit = self._backlog.next_unit()
            if unit is None:
                break
            self._assign(seat, unit, alone=False)

    def _assign(self, seat: Seat, unit: Unit, *, alone: bool) -> None:
        seat.hold(unit, alone=alone)
        self._pool.send(seat.number, Assign(unit))

    def _on_unit_read(self, seat: Seat, message: UnitRead) -> None:
        seat.unread.discard(message.unit)

    def _on_unit_done(self, seat: Seat, message: UnitDone) -> None:
        unit = seat.units.get(message.unit)
        seat.let_go(message.unit)
        work = self._backlog.work(unit.document.key) if unit else None
        if unit and work and not self._draining:
            self._backlog.put_back(work, unit.window)  # nothing, unless the worker left pages undone

    # -- workers ------------------------------------------------------------------------------------

    def _on_hello(self, seat: Seat, message: Hello) -> None:
        seat.ready, seat.pid, seat.early_deaths = True, message.pid, 0
        self._announce(WorkerStarted(seat.number, message.pid, message.seconds))
        if self._draining:
            self._pool.send(seat.number, Drain())

    def _on_reading(self, seat: Seat, message: Reading) -> None:
        seat.reading = (message.unit, message.page, self._clock())

    def _on_read(self, seat: Seat, message: Read) -> None:
        seat.reading = None

    def _on_drained(self, seat: Seat, message: Drained) -> None:
        seat.drained = True

    def _on_broken(self, seat: Seat, message: Broken) -> None:
        self._broken = self._broken or message

    def _check(self, seat: Seat) -> None:
        """End a worker that hangs in native code or has grown too large."""
        if seat.ended_by_us or not seat.ready:
            return
        now = self._clock()
        if seat.reading and now - seat.reading[2] > self._limits.page_timeout:
            self._end(seat, "page-timeout")
        elif now - seat.heard > max(SILENT, self._limits.page_timeout):
            self._end(seat, "silent")
        elif self._pool.memory(seat.number) > self._limits.worker_memory:
            self._end(seat, "memory")

    def _end(self, seat: Seat, reason: Reason) -> None:
        seat.ended_by_us = reason
        self._pool.kill(seat.number)

    def _on_exit(self, seat: Seat, exit_: WorkerExit) -> None:
        if self._ended:
            self._announce(WorkerStopped(seat.number, seat.pid, "finished"))
            return
        cause = judge(exit_, seat.ended_by_us)
        reading = seat.reading
        self._deaths += 1
        if not seat.ready:
            seat.early_deaths += 1
        self._announce(WorkerStopped(seat.number, seat.pid, cause.reason, exit_.signal))
        units, jobs = seat.vacate()
        for job in jobs:
            self._write_again(job)
        for unit in units:
            if work := self._backlog.work(unit.document.key):
                self._take_back(work, unit, reading[1] if reading and reading[0] == unit.id else None, cause)
        if seat.early_deaths >= EARLY_DEATHS or self._deaths >= FRUITLESS_DEATHS:
            self._broken = self._broken or _cannot_work(exit_)
        elif not self._draining and not self._broken:
            self._pool.restart(seat.number)

    def _take_back(self, work: DocumentWork, unit: Unit, suspect: int | None, cause: Cause) -> None:
        if self._draining:
            return
        if suspect is None:
            self._backlog.put_back(work, unit.window)
        elif not work.suspect(suspect, cause.weight):
            self._backlog.isolate(work, unit.window, suspect)
        elif suspect == OPENING:
            self._finish(work, "failed", cause.failure(OPENING))
        else:
            failure = cause.failure(suspect)
            for page in work.poison(suspect, failure):
                self._records.poisoned(work.ref, page, failure)
                self._announce(PageFailed(work.ref.key, page, -1, failure))
            self._backlog.put_back(work, unit.window)
            self._settle(work)

    def _write_again(self, job: Assemble) -> None:
        work = self._backlog.work(job.document.key)
        if work and work.assemblies >= ASSEMBLIES:
            died = Failure("worker-failed", "writing the document ended its worker again and again")
            self._finish(work, "failed", died)
        elif work:
            self._backlog.assemble(work)


def _cannot_work(exit_: WorkerExit) -> Broken:
    words = exit_.last_words.strip() or exit_.signal or f"exit status {exit_.status}"
    return Broken(Failure("worker-failed", f"worker processes die again and again: {words[-2000:]}"), 1)
