"""The queue of work, and who hands it out: suspects, which run alone, documents to write, windows of pages.

Windows of opened documents precede documents not yet opened, so that documents finish early and few are
unfinished at any time.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from mineru_cli.domain.document import PageWindow, Unit
from mineru_cli.engine.messages import OPENING, Assemble, Assign
from mineru_cli.engine.pool import WorkerPool
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.engine.schedule.worker_table import WorkerSlot, WorkerTable
from mineru_cli.sources.pages import PageSelection
from mineru_cli.sources.plan import unwanted, windows


@dataclass(slots=True)
class Line:
    """The work that waits for the workers of one target."""

    ready: deque[Unit] = field(default_factory=deque)
    alone: deque[Unit] = field(default_factory=deque)
    assemblies: deque[Assemble] = field(default_factory=deque)


class Backlog:
    """Documents in progress, and the units and jobs that wait for a worker, by target."""

    def __init__(self, pages: PageSelection, window_pages: int, targets: int = 1) -> None:
        self._pages = pages
        self._window_pages = window_pages
        self._numbers = itertools.count(1)
        self._works: dict[str, DocumentWork] = {}
        self.lines = [Line() for _ in range(targets)]

    def __len__(self) -> int:
        """Documents not finished."""
        return len(self._works)

    @property
    def writing(self) -> bool:
        """Whether the files of a document wait to be written."""
        return any(line.assemblies for line in self.lines)

    def work(self, key: str) -> DocumentWork | None:
        """The document, None when it is finished."""
        return self._works.get(key)

    def take(self, work: DocumentWork) -> None:
        """Add a document from discovery. Its first window is assigned before its page count is known."""
        self._works[work.ref.key] = work
        first = windows(None, self._window_pages, selection=self._pages, done=work.done)
        unit = self._unit(work, first[0] if first else PageWindow(0, self._window_pages))
        self.lines[work.target].ready.append(unit)

    def open(self, work: DocumentWork, page_count: int, first: PageWindow) -> None:
        """The page count is known: plan the windows after the first."""
        work.open(self._pages.indices(page_count))
        later = windows(
            page_count, self._window_pages, selection=self._pages, done=work.done, start=first.stop
        )
        self.lines[work.target].ready.extendleft(self._unit(work, window) for window in reversed(later))

    def next_unit(self, target: int = 0) -> Unit | None:
        """The next unit for the target with pages left."""
        ready = self.lines[target].ready
        while ready:
            unit = ready.popleft()
            work = self._works.get(unit.document.key)
            if work and (not work.opened or work.left_in(unit.window)):
                return unit
        return None

    def put_back(self, work: DocumentWork, window: PageWindow) -> None:
        """Return pages of a worker that ended, or that it did not process."""
        if not work.opened or work.left_in(window):
            self.lines[work.target].ready.appendleft(self._unit(work, window))

    def isolate(self, work: DocumentWork, window: PageWindow, suspect: int) -> None:
        """Schedule the suspected page (or ``OPENING``) alone, and the rest of its window as before."""
        if suspect == OPENING or not work.opened:
            self.lines[work.target].alone.append(self._unit(work, window))
            return
        self.lines[work.target].alone.append(self._unit(work, PageWindow(suspect, suspect + 1)))
        self.put_back(work, PageWindow(window.start, suspect))
        self.put_back(work, PageWindow(suspect + 1, window.stop))

    def assemble(self, work: DocumentWork) -> None:
        """All pages are in the spool: queue the writing of the files."""
        work.assemblies += 1
        self.lines[work.target].assemblies.append(Assemble(next(self._numbers), work.ref, work.selected))

    def finish(self, work: DocumentWork) -> None:
        """The document is finished: remove it."""
        self._works.pop(work.ref.key, None)

    def drop_units(self) -> None:
        """Drop all units, but not the documents that only need to be written."""
        for line in self.lines:
            line.ready.clear()
            line.alone.clear()

    def give_up(self, target: int) -> list[DocumentWork]:
        """Remove and return all unfinished documents of a target."""
        self.lines[target] = Line()
        given_up = [work for work in self._works.values() if work.target == target]
        for work in given_up:
            del self._works[work.ref.key]
        return given_up

    def _unit(self, work: DocumentWork, window: PageWindow) -> Unit:
        if work.opened:
            skip = tuple(page for page in range(window.start, window.stop) if page not in work.left)
        else:
            skip = unwanted(window, selection=self._pages, done=work.done)
        return Unit(next(self._numbers), work.ref, window, skip)


class Dispatcher:
    """Takes work from the backlog's lines and sends it to the least loaded worker of their target."""

    def __init__(self, pool: WorkerPool, backlog: Backlog, tables: Sequence[WorkerTable]) -> None:
        self._pool = pool
        self._backlog = backlog
        self._tables = tables

    def dispatch(self) -> None:
        """Send as much as there is room for: documents to write first, so that they finish early."""
        for target, table in enumerate(self._tables):
            line = self._backlog.lines[target]  # a new one when the target was given up
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
