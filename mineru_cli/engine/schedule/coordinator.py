"""The coordinator: follows documents through the workers, and takes back the pages of dead ones.

It is a state machine driven by messages: ``receive`` changes state and dispatches; the only waiting is in
``run``. Documents enter bounded by ``READY_AHEAD``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import anyio

from mineru_cli.domain.events import (
    DocumentRecalled,
    Event,
    WorkerStopped,
)
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import (
    Assembled,
    Drain,
    Drained,
    NotAssembled,
    Opened,
    PageDone,
    PageEntered,
    PageLeft,
    Pause,
    Refused,
    RunAborted,
    UnitDone,
    UnitRead,
    WorkerReady,
)
from mineru_cli.engine.pool import WorkerExit, WorkerPool
from mineru_cli.engine.schedule.backlog import Backlog, Dispatcher
from mineru_cli.engine.schedule.document_work import DocumentWork, Records
from mineru_cli.engine.schedule.documents import Documents
from mineru_cli.engine.schedule.reading_time import ReadingTime
from mineru_cli.engine.schedule.refusals import Refusals
from mineru_cli.engine.schedule.supervisor import Supervisor
from mineru_cli.engine.schedule.worker_table import WorkerSlot, WorkerTable
from mineru_cli.errors import (
    MinerUBatchError,
    OutputError,
    StorageError,
)
from mineru_cli.settings import Limits

READY_AHEAD = 4
"""Documents per worker taken in advance: enough to never wait for discovery, few enough to finish early."""
_MOVES = frozenset({PageEntered, PageLeft})
"""Messages that change neither the backlog nor the free capacity."""


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
        """``workers`` are counts per target; ``on_lost`` gets a target but the first that cannot continue."""
        self._pool = pool
        self._backlog = backlog
        self._records = records
        self._reading_time = ReadingTime(limits.page_timeout)
        self._announce = announce
        self._clock = clock
        self._tables = _tables(workers)
        self._workers = [slot for table in self._tables for slot in table]
        self._supervisor = Supervisor(
            pool, self._tables, limits=limits, budgets=budgets, announce=announce, clock=clock
        )
        self._documents = Documents(
            backlog,
            records,
            max_pages=limits.max_pages,
            assemble_failed=assemble_failed,
            announce=announce,
        )
        self._dispatcher = Dispatcher(pool, backlog, self._tables)
        self._retired: set[int] = set()
        self._on_lost = on_lost
        self._broken: RunAborted | None = None
        self._refusals = [Refusals() for _ in workers]
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
        """Work until all documents are done or the workers drained; ``RunAborted`` when the run must end."""
        async with anyio.create_task_group() as tasks:
            for slot in self._workers:
                tasks.start_soon(self._pool.start, slot.number)
            tasks.start_soon(self._supervisor.watch)
            tasks.start_soon(self._take_all, documents)
            try:
                while not self._is_done():
                    await self._change()
                    self._commit(self._records.commit_finished)
            finally:
                self._commit(self._records.commit)
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
        slot.last_message_at = self._clock()
        kind = type(message)
        handler = self._handlers.get(kind)
        if handler is None:
            self._announce(replace(message, worker=number) if hasattr(message, "worker") else message)
            return
        try:
            handler(slot, message)
        except (OutputError, StorageError) as error:
            self.fail(error)
        if kind in _MOVES:
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
            self._supervisor.end(slot, "retired")
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

    def _is_done(self) -> bool:
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

    async def _change(self) -> None:
        """Wait for the next ``_wake``. The event is made here: most messages come while nothing waits."""
        if self._changed is None:
            self._changed = anyio.Event()
        await self._changed.wait()

    def _commit(self, commit: Callable[[], None]) -> None:
        try:
            commit()
        except (OutputError, StorageError) as error:
            self.fail(error)

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    # -- documents and units ------------------------------------------------------------------------

    def _on_opened(self, slot: WorkerSlot, message: Opened) -> None:
        unit = slot.units.get(message.unit)
        work = self._documents.of(unit)
        if unit is None or work is None or work.opened:
            return
        if not self._documents.opened(work, unit, message.pages, slot.number):
            self._supervisor.end(slot, "crashed")

    def _on_refused(self, slot: WorkerSlot, message: Refused) -> None:
        unit = slot.units.get(message.unit)
        slot.let_go(message.unit)
        if work := self._documents.of(unit):
            self._documents.finish(work, "failed", message.failure)

    def _on_page_done(self, slot: WorkerSlot, message: PageDone) -> None:
        work, event = self._documents.of(slot.units.get(message.unit)), message.finished or message.failed
        if work is None or event is None or not self._documents.page_done(work, event):
            return
        self._supervisor.page_done(slot.target)
        if refused := self._refusals[slot.target].page(event):
            self._give_up(slot.target, RunAborted(Failure.of(refused)))

    def _on_assembled(self, slot: WorkerSlot, message: Assembled | NotAssembled) -> None:
        if work := self._documents.of(slot.jobs.pop(message.job, None)):
            self._documents.assembled(work, message)

    def _on_unit_read(self, slot: WorkerSlot, message: UnitRead) -> None:
        slot.unread.discard(message.unit)

    def _on_unit_done(self, slot: WorkerSlot, message: UnitDone) -> None:
        unit = slot.units.get(message.unit)
        slot.let_go(message.unit)
        work = self._documents.of(unit)
        if unit and work and not self._draining:
            self._backlog.put_back(work, unit.window)  # nothing, unless the worker left pages undone

    def _dispatch(self) -> None:
        if not self._broken:
            self._dispatcher.dispatch()

    # -- workers ------------------------------------------------------------------------------------

    def _on_worker_ready(self, slot: WorkerSlot, message: WorkerReady) -> None:
        if slot.target in self._retired:
            self._supervisor.end(slot, "retired")
            return
        self._supervisor.started(slot, message)
        if self._draining:
            self._pool.send(slot.number, Drain())

    def _on_page_entered(self, slot: WorkerSlot, message: PageEntered) -> None:
        slot.reading = (message.unit, message.page, self._clock())

    def _on_page_left(self, slot: WorkerSlot, message: PageLeft) -> None:
        self._count_reading(slot)
        slot.reading = None

    def _count_reading(self, slot: WorkerSlot) -> None:
        """Add the worker's reading time to its document's, and stop reading the document beyond the limit."""
        if slot.reading is None:
            return
        unit, page, since = slot.reading
        work = self._documents.of(slot.units.get(unit))
        if work is None or not work.opened or not work.left:
            return
        verdict = self._reading_time.add(work, page, self._clock() - since)
        if verdict == "slow":
            self._announce(self._reading_time.notice(work))
        elif verdict == "exhausted":
            for one in self._workers:
                one.give_up(work.ref.key)
            self._documents.give_up(work, self._reading_time.failure())

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

    def _on_exit(self, slot: WorkerSlot, exit_: WorkerExit) -> None:
        if self._ended:
            self._announce(WorkerStopped(slot.number, slot.pid, "finished"))
            return
        if slot.target in self._retired:
            slot.release_all()
            self._announce(WorkerStopped(slot.number, slot.pid, "retired"))
            self._hand_over(slot.target)
            return
        reading = slot.reading
        cause = self._supervisor.died(slot, exit_)
        self._count_reading(slot)
        units, jobs = slot.release_all()
        for job in jobs:
            if work := self._documents.of(job):
                self._documents.write_again(work)
        for unit in units if not self._draining else ():
            if work := self._documents.of(unit):
                suspect = reading[1] if reading and reading[0] == unit.id else None
                self._documents.take_back(work, unit, suspect, cause)
        if abort_reason := self._supervisor.abort_reason(slot.target, exit_):
            self._give_up(slot.target, abort_reason)
        elif not self._draining and not self._broken:
            self._supervisor.restart(slot, exit_)


def _tables(workers: Sequence[int]) -> list[WorkerTable]:
    firsts = accumulate(workers, initial=0)
    return [
        WorkerTable(count, first, target)
        for target, (count, first) in enumerate(zip(workers, firsts, strict=False))
    ]
