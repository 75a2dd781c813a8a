"""The coordinator: assigns units to workers, tracks their pages, and reassigns those of dead workers.

It is a state machine driven by messages: ``receive`` changes state and dispatches; the only waiting is in
``run``. Documents enter bounded by ``READY_AHEAD``; they leave through ``Records.finished``, which commits
the outcome before it is announced.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, Protocol

import anyio

from mineru_cli.domain.document import DocumentRef, Status, Unit
from mineru_cli.domain.events import (
    DocumentRecalled,
    DocumentStarted,
    Event,
    Notice,
    PageFailed,
    WorkerStarted,
    WorkerStopped,
)
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import (
    OPENING,
    Assemble,
    Assembled,
    Assign,
    Drain,
    Drained,
    NotAssembled,
    Opened,
    PageDone,
    PageEntered,
    PageLeft,
    Pause,
    Refused,
    Resize,
    RunAborted,
    UnitDone,
    UnitRead,
    WorkerReady,
)
from mineru_cli.engine.pool import WorkerExit, WorkerPool
from mineru_cli.engine.schedule.backlog import Backlog
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.engine.schedule.reading_time import ReadingTime
from mineru_cli.engine.schedule.refusals import Refusals
from mineru_cli.engine.schedule.worker_exit import ExitCause, Reason, classify
from mineru_cli.engine.schedule.worker_table import WorkerSlot, WorkerTable
from mineru_cli.errors import (
    MinerUBatchError,
    NoPages,
    OutputError,
    StorageError,
    TooManyPages,
    WorkersFailed,
)
from mineru_cli.settings import Limits

READY_AHEAD = 4
"""Documents per worker taken in advance: enough to never wait for discovery, few enough to finish early."""
TICK = 0.25
SILENT = 60.0
"""Seconds without a message after which a worker counts as hung: its loop reports twice per second."""
SUSPEND_THRESHOLD = 5.0
"""Seconds of a tick above which this process itself must have been stopped (Ctrl-Z, a frozen container)."""
ASSEMBLIES = 5
"""How often the writing of a document's files is repeated because the worker died."""
MAX_DEATHS_WITHOUT_PROGRESS = 20
DEATHS_PER_WORKER = 2
"""Workers that may die one after the other without a single page done between: 20, and with many workers two
of each, because a node or a zone that goes takes hundreds of them at one moment."""
EARLY_DEATHS = 3
MAX_EARLY_DEATHS = 100
"""Workers that may die before they are ready while none is: three of each, and not more than 100 in all."""

_MOVES = frozenset({PageEntered, PageLeft})
"""Messages that change neither the backlog nor the free capacity."""


class Records(Protocol):
    """Records outcomes before they are announced: the run's ledger and spool."""

    def opened(self, ref: DocumentRef, pages: int) -> None:
        """The document was opened; ``pages`` of it are selected."""
        ...

    def poisoned(self, work: DocumentWork, page: int, failure: Failure) -> None:
        """Store a page that no worker can read as failed."""
        ...

    def finished(self, work: DocumentWork, status: Status, failure: Failure | None) -> None:
        """Commit the outcome, announce it, and release the pages in the spool."""
        ...


class Coordinator:
    """One run's scheduling. All methods run on the event loop."""

    def __init__(
        self,
        pool: WorkerPool,
        backlog: Backlog,
        records: Records,
        *,
        workers: Sequence[int],
        limits: Limits,
        assemble_failed: bool,
        announce: Callable[[Event], None],
        clock: Callable[[], float],
        budgets: Sequence[int] = (),
        on_lost: Callable[[int, Failure], None] = lambda target, failure: None,
    ) -> None:
        """``workers`` are counts per target. ``on_lost`` is called when a target but the first cannot go on.

        What keeps the first from going on ends the run.
        """
        self._pool = pool
        self._budgets = budgets
        self._backlog = backlog
        self._records = records
        self._limits = limits
        self._reading_time = ReadingTime(limits.page_timeout)
        self._assemble_failed = assemble_failed
        self._announce = announce
        self._clock = clock
        self._tables = _tables(workers)
        self._workers = [slot for table in self._tables for slot in table]
        self._retired: set[int] = set()
        self._on_lost = on_lost
        self._broken: RunAborted | None = None
        self._refusals = [Refusals() for _ in workers]
        self._deaths = [0 for _ in workers]
        self._early_deaths = [0 for _ in workers]
        self._shares_changed = False
        self._fed = False
        self._draining = False
        self._ended = False
        self._changed: anyio.Event | None = None
        self._handlers: dict[type, Callable[[WorkerSlot, Any], None]] = {
            WorkerReady: self._on_worker_ready,
            PageEntered: self._on_page_entered,
            PageLeft: self._on_page_left,
            Opened: self._on_opened,
            Refused: self._on_refused,
            PageDone: self._on_page_done,
            UnitRead: self._on_unit_read,
            UnitDone: self._on_unit_done,
            Assembled: self._on_assembled,
            NotAssembled: self._on_assembled,
            Drained: self._on_drained,
            RunAborted: self._on_run_aborted,
            WorkerExit: self._on_exit,
        }

    # -- the run ------------------------------------------------------------------------------------

    async def run(self, documents: AsyncIterator[DocumentWork]) -> RunAborted | None:
        """Work until all documents are done, or draining is over; ``RunAborted`` when the run must end."""
        async with anyio.create_task_group() as tasks:
            for slot in self._workers:
                tasks.start_soon(self._pool.start, slot.number)
            tasks.start_soon(self._watch)
            tasks.start_soon(self._take_all, documents)
            try:
                while not self._over():
                    await self._change()
            finally:
                self._ended = True  # workers that end from now on are neither investigated nor replaced
            tasks.cancel_scope.cancel()
        return self._broken

    def drain(self) -> None:
        """Start nothing new; pages in flight are finished, the rest is left for a resume."""
        self._draining = True
        self._backlog.drop_units()
        for slot in self._workers:
            self._pool.send(slot.number, Drain())
        self._wake()

    def pause(self, paused: bool) -> None:
        """Pause or resume the workers' start of pages."""
        for slot in self._workers:
            self._pool.send(slot.number, Pause(paused))

    def receive(self, number: int, message: Any) -> None:
        """Handle a worker's message, or its end. Anything else is an event, announced with its number."""
        slot = self._workers[number]
        slot.heard = self._clock()
        handler = self._handlers.get(type(message))
        if handler is None:
            self._announce(replace(message, worker=number) if hasattr(message, "worker") else message)
            return
        try:
            handler(slot, message)
        except (OutputError, StorageError) as error:
            self.fail(error)
        if type(message) in _MOVES:
            return
        self._tables[slot.target].changed(slot)
        self._dispatch()
        self._wake()

    def in_work(self, document: str) -> bool:
        """Whether the document with this key is in progress."""
        return self._backlog.work(document) is not None

    async def retire(self, target: int) -> None:
        """Retire a target other than the first: its workers end, its unfinished documents start over.

        They go to the first one once no worker of the target can publish any more; then this returns.
        """
        self._retired.add(target)
        for slot in self._tables[target]:
            self._end(slot, "retired")
        self._hand_over(target)
        self._dispatch()
        self._wake()
        while any(slot.ready for slot in self._tables[target]):
            await self._change()

    def _hand_over(self, target: int) -> None:
        if any(slot.ready for slot in self._tables[target]):
            return
        for work in self._backlog.give_up(target):
            self._announce(DocumentRecalled(work.ref.key))
            self._backlog.take(DocumentWork(work.ref, self._clock()))

    def fail(self, error: MinerUBatchError) -> None:
        """End the run for this reason, unless it already ends for another."""
        self._broken = self._broken or RunAborted(Failure.of(error))
        self._wake()

    def _over(self) -> bool:
        if self._broken:
            return True
        if self._draining:
            writing = self._backlog.writing or any(slot.jobs for slot in self._workers)
            return not writing and all(slot.drained or not slot.ready for slot in self._workers)
        return self._fed and not len(self._backlog)

    async def _take_all(self, documents: AsyncIterator[DocumentWork]) -> None:
        async for work in documents:
            # Only the first target applies backpressure to discovery: others are bounded by their router.
            while not work.target and len(self._backlog.lines[0].ready) >= READY_AHEAD * len(self._tables[0]):
                await self._change()
            if self._draining:
                return
            if work.target in self._retired:
                work = DocumentWork(work.ref, work.started)
            self._backlog.take(work)
            self._dispatch()
        self._fed = True
        self._wake()

    async def _watch(self) -> None:
        while True:
            before = self._clock()
            await anyio.sleep(TICK)
            slept = self._clock() - before
            if self._shares_changed:  # once per tick: when a node goes, hundreds of workers do
                self._shares_changed = False
                self._share_requests()
            for slot in self._workers:
                if slept > SUSPEND_THRESHOLD:
                    slot.extend_deadlines(slept)
                else:
                    self._check(slot)

    async def _change(self) -> None:
        """Wait for the next ``_wake``. The event is made here: most messages come while nothing waits."""
        if self._changed is None:
            self._changed = anyio.Event()
        await self._changed.wait()

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    # -- documents ----------------------------------------------------------------------------------

    def _on_opened(self, slot: WorkerSlot, message: Opened) -> None:
        unit = slot.units.get(message.unit)
        work = self._backlog.work(unit.document.key) if unit else None
        if unit is None or work is None or work.opened:
            return
        if not 0 <= message.pages <= self._limits.max_pages:  # a worker that is still itself refuses it
            claimed = TooManyPages(f"its reader claimed {message.pages} pages: not a number to trust")
            self._finish(work, "failed", Failure.of(claimed))
            self._end(slot, "crashed")
            return
        self._backlog.open(work, message.pages, unit.window)
        pages = len(work.selected)
        self._records.opened(work.ref, pages)
        self._announce(DocumentStarted(work.ref.key, pages, pages - len(work.left), slot.number))
        if pages:
            self._settle(work)
        else:
            nothing = NoPages(f"none of the selected pages exist: the document has {message.pages}")
            self._finish(work, "failed", Failure.of(nothing))

    def _on_refused(self, slot: WorkerSlot, message: Refused) -> None:
        unit = slot.units.get(message.unit)
        slot.let_go(message.unit)
        if unit and (work := self._backlog.work(unit.document.key)):
            self._finish(work, "failed", message.failure)

    def _on_page_done(self, slot: WorkerSlot, message: PageDone) -> None:
        unit, event = slot.units.get(message.unit), message.finished or message.failed
        if unit is None or event is None:
            return
        work = self._backlog.work(unit.document.key)
        failure, loss = (event.failure, None) if isinstance(event, PageFailed) else (None, event.loss)
        if work is None or not work.page_done(event.page, failure, loss=loss):
            return
        self._deaths[slot.target] = 0
        work.requests += event.requests
        work.retried += event.retried
        self._announce(event)
        self._settle(work)
        if refused := self._refusals[slot.target].page(event):
            self._give_up(slot.target, RunAborted(Failure.of(refused)))

    def _settle(self, work: DocumentWork) -> None:
        if work.left or work.assemblies:
            return
        if work.verdict and not self._assemble_failed:
            self._finish(work, "failed", work.verdict)
        else:
            self._backlog.assemble(work)

    def _on_assembled(self, slot: WorkerSlot, message: Assembled | NotAssembled) -> None:
        job = slot.jobs.pop(message.job, None)
        work = self._backlog.work(job.document.key) if job else None
        if work is None:
            return
        if isinstance(message, NotAssembled):
            self._finish(work, "failed", message.failure)
        else:
            work.sizes = message.sizes
            self._finish(work, "done" if work.whole else "partial", None)

    def _finish(self, work: DocumentWork, status: Status, failure: Failure | None) -> None:
        self._backlog.finish(work)
        self._records.finished(work, status, failure)

    # -- units --------------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        if self._broken:
            return
        for target, (line, table) in enumerate(zip(self._backlog.lines, self._tables, strict=True)):
            while line.assemblies and (slot := table.writer()):
                job = line.assemblies.popleft()
                slot.jobs[job.job] = job
                table.changed(slot)
                self._pool.send(slot.number, job)
            while line.alone and (idle := table.idle_slot()):
                self._assign(table, idle, line.alone.popleft(), alone=True)
            while line.ready and (slot := table.reader(suspects=len(line.alone))):
                unit = self._backlog.next_unit(target)
                if unit is None:
                    break
                self._assign(table, slot, unit, alone=False)

    def _assign(self, table: WorkerTable, slot: WorkerSlot, unit: Unit, *, alone: bool) -> None:
        slot.hold(unit, alone=alone)
        table.changed(slot)
        self._pool.send(slot.number, Assign(unit))

    def _on_unit_read(self, slot: WorkerSlot, message: UnitRead) -> None:
        slot.unread.discard(message.unit)

    def _on_unit_done(self, slot: WorkerSlot, message: UnitDone) -> None:
        unit = slot.units.get(message.unit)
        slot.let_go(message.unit)
        work = self._backlog.work(unit.document.key) if unit else None
        if unit and work and not self._draining:
            self._backlog.put_back(work, unit.window)  # nothing, unless the worker left pages undone

    # -- workers ------------------------------------------------------------------------------------

    def _on_worker_ready(self, slot: WorkerSlot, message: WorkerReady) -> None:
        if slot.target in self._retired:
            self._end(slot, "retired")
            return
        slot.ready, slot.pid, slot.early_deaths = True, message.pid, 0
        self._early_deaths[slot.target] = 0
        self._announce(WorkerStarted(slot.number, message.pid, message.seconds, message.sandboxed))
        if self._draining:
            self._pool.send(slot.number, Drain())
        self._shares_changed = True

    def _share_requests(self) -> None:
        """Divide a fixed number of requests among the present workers, where their number changes."""
        if not self._pool.elastic:
            return
        for budget, table in zip(self._budgets, self._tables, strict=False):
            ready = [slot for slot in table if slot.ready]
            for place, slot in enumerate(ready if budget else ()):
                share, rest = divmod(budget, len(ready))
                limit = max(1, share + (place < rest))
                if slot.limit != limit:
                    slot.limit = limit
                    self._pool.send(slot.number, Resize(limit))

    def _on_page_entered(self, slot: WorkerSlot, message: PageEntered) -> None:
        slot.reading = (message.unit, message.page, self._clock())

    def _on_page_left(self, slot: WorkerSlot, message: PageLeft) -> None:
        self._count_reading(slot)
        slot.reading = None

    def _count_reading(self, slot: WorkerSlot) -> None:
        """Add what the worker read for to its document's time, and stop reading it when that is too much."""
        work = self._read_by(slot)
        if work is None or slot.reading is None or not work.opened or not work.left:
            return
        verdict = self._reading_time.add(work, slot.reading[1], self._clock() - slot.reading[2])
        if verdict == "slow":
            self._announce(self._reading_time.notice(work))
        elif verdict == "exhausted":
            failure = self._reading_time.failure()
            self._lose(work, work.give_up(failure), failure)
            for one in self._workers:
                one.give_up(work.ref.key)
            self._settle(work)

    def _read_by(self, slot: WorkerSlot) -> DocumentWork | None:
        """The document that the worker's page thread is processing."""
        unit = slot.units.get(slot.reading[0]) if slot.reading else None
        return self._backlog.work(unit.document.key) if unit else None

    def _lose(self, work: DocumentWork, pages: Sequence[int], failure: Failure) -> None:
        for page in pages:
            self._records.poisoned(work, page, failure)
            self._announce(PageFailed(work.ref.key, page, -1, failure))

    def _on_drained(self, slot: WorkerSlot, message: Drained) -> None:
        slot.drained = True

    def _on_run_aborted(self, slot: WorkerSlot, message: RunAborted) -> None:
        self._give_up(slot.target, message)

    def _give_up(self, target: int, message: RunAborted) -> None:
        """A target cannot continue: the first ends the run, for another ``on_lost`` is called."""
        if not target:
            self._broken = self._broken or message
        elif target not in self._retired:
            self._on_lost(target, message.failure)

    def _check(self, slot: WorkerSlot) -> None:
        """Kill a worker that hangs in native code or exceeds its memory."""
        if slot.ended_by_us or not slot.ready:
            return
        now = self._clock()
        if slot.reading and now - slot.reading[2] > self._limits.page_timeout:
            self._end(slot, "page-timeout")
        elif slot.reading and slot.reading[0] in slot.given_up:
            self._end(slot, "retired")  # its other work starts over
        elif now - slot.heard > max(SILENT, self._limits.page_timeout):
            self._end(slot, "silent")
        elif self._pool.memory(slot.number) > self._limits.worker_memory:
            self._end(slot, "memory")

    def _end(self, slot: WorkerSlot, reason: Reason) -> None:
        slot.ended_by_us = reason
        self._pool.kill(slot.number)

    def _on_exit(self, slot: WorkerSlot, exit_: WorkerExit) -> None:
        if self._ended:
            self._announce(WorkerStopped(slot.number, slot.pid, "finished"))
            return
        if slot.target in self._retired:
            slot.release_all()
            self._announce(WorkerStopped(slot.number, slot.pid, "retired"))
            self._hand_over(slot.target)
            return
        cause = classify(exit_, slot.ended_by_us)
        reading = slot.reading
        self._deaths[slot.target] += 1
        if not slot.ready:
            slot.early_deaths += 1
            self._early_deaths[slot.target] += 1
        self._announce(WorkerStopped(slot.number, slot.pid, cause.reason, exit_.signal))
        self._count_reading(slot)
        units, jobs = slot.release_all()
        self._shares_changed = True
        for job in jobs:
            self._write_again(job)
        for unit in units:
            if work := self._backlog.work(unit.document.key):
                self._take_back(work, unit, reading[1] if reading and reading[0] == unit.id else None, cause)
        if self._is_hopeless(slot.target):
            self._give_up(slot.target, _cannot_work(exit_))
        elif not self._draining and not self._broken:
            self._bring_back(slot, exit_)

    def _is_hopeless(self, target: int) -> bool:
        """Whether workers die at a rate that shows that none can work."""
        table = self._tables[target]
        if self._deaths[target] >= max(MAX_DEATHS_WITHOUT_PROGRESS, DEATHS_PER_WORKER * len(table)):
            return True
        allowed = min(EARLY_DEATHS * len(table), MAX_EARLY_DEATHS)
        return self._early_deaths[target] >= allowed and not any(slot.ready for slot in table)

    def _bring_back(self, slot: WorkerSlot, exit_: WorkerExit) -> None:
        """Start it again, unless it never starts here while others do. A cluster may have other nodes."""
        others = any(one.ready for one in self._tables[slot.target])
        if slot.early_deaths >= EARLY_DEATHS and others and not self._pool.elastic:
            text = f"worker {slot.number} does not start and is left out: {_last_words(exit_)}"
            self._announce(Notice("warning", text))
        else:
            self._pool.restart(slot.number)

    def _take_back(self, work: DocumentWork, unit: Unit, suspect: int | None, cause: ExitCause) -> None:
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
            self._lose(work, work.poison(suspect, failure), failure)
            self._backlog.put_back(work, unit.window)
            self._settle(work)

    def _write_again(self, job: Assemble) -> None:
        work = self._backlog.work(job.document.key)
        if work and work.assemblies >= ASSEMBLIES:
            died = Failure("worker-failed", "writing the document ended its worker again and again")
            self._finish(work, "failed", died)
        elif work:
            self._backlog.assemble(work)


def _tables(workers: Sequence[int]) -> list[WorkerTable]:
    firsts = accumulate(workers, initial=0)
    return [
        WorkerTable(count, first, target)
        for target, (count, first) in enumerate(zip(workers, firsts, strict=False))
    ]


def _cannot_work(exit_: WorkerExit) -> RunAborted:
    died = f"worker processes die again and again: {_last_words(exit_)}"
    return RunAborted(Failure.of(WorkersFailed(died)))


def _last_words(exit_: WorkerExit) -> str:
    words = exit_.stderr_tail.strip() or exit_.signal or f"exit status {exit_.status}"
    return words[-2000:]
