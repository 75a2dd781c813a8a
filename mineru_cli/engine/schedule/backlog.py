"""What is to be done, in which order: suspects alone, documents to write, windows of pages.

Windows of opened documents come before documents not yet opened, so that documents finish early and little is
ever half done.
"""

from __future__ import annotations

import itertools
from collections import deque

from mineru_cli.domain.document import PageWindow, Unit
from mineru_cli.engine.messages import OPENING, Assemble
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.sources.pages import PageSelection
from mineru_cli.sources.plan import unwanted, windows


class Backlog:
    """Documents in work and the units and jobs that wait for a worker."""

    def __init__(self, pages: PageSelection, window_pages: int) -> None:
        self._pages = pages
        self._window_pages = window_pages
        self._numbers = itertools.count(1)
        self._works: dict[str, DocumentWork] = {}
        self._ready: deque[Unit] = deque()
        self.alone: deque[Unit] = deque()
        self.assemblies: deque[Assemble] = deque()

    def __len__(self) -> int:
        """Documents not finished."""
        return len(self._works)

    @property
    def ready(self) -> int:
        """Units that wait."""
        return len(self._ready)

    def work(self, key: str) -> DocumentWork | None:
        """The document, None when it is finished."""
        return self._works.get(key)

    def take(self, work: DocumentWork) -> None:
        """A document from discovery. Its first window is handed out before its page count is known."""
        self._works[work.ref.key] = work
        first = windows(None, self._window_pages, selection=self._pages, done=work.done)
        self._ready.append(self._unit(work, first[0] if first else PageWindow(0, self._window_pages)))

    def open(self, work: DocumentWork, page_count: int, first: PageWindow) -> None:
        """The page count is known: plan what comes after the first window."""
        work.open(self._pages.indices(page_count))
        later = windows(
            page_count, self._window_pages, selection=self._pages, done=work.done, start=first.stop
        )
        self._ready.extendleft(self._unit(work, window) for window in reversed(later))

    def next_unit(self) -> Unit | None:
        """The next unit that still has work in it."""
        while self._ready:
            unit = self._ready.popleft()
            work = self._works.get(unit.document.key)
            if work and (not work.opened or work.left_in(unit.window)):
                return unit
        return None

    def put_back(self, work: DocumentWork, window: PageWindow) -> None:
        """Pages of a worker that is gone, or that it did not do."""
        if not work.opened or work.left_in(window):
            self._ready.appendleft(self._unit(work, window))

    def isolate(self, work: DocumentWork, window: PageWindow, suspect: int) -> None:
        """Let the suspected page (or ``OPENING``) run alone, and the rest of its window as before."""
        if suspect == OPENING or not work.opened:
            self.alone.append(self._unit(work, window))
            return
        self.alone.append(self._unit(work, PageWindow(suspect, suspect + 1)))
        self.put_back(work, PageWindow(window.start, suspect))
        self.put_back(work, PageWindow(suspect + 1, window.stop))

    def assemble(self, work: DocumentWork) -> None:
        """All pages are in the spool: the files are to be written."""
        work.assemblies += 1
        self.assemblies.append(Assemble(next(self._numbers), work.ref, work.selected))

    def finish(self, work: DocumentWork) -> None:
        """Nothing is left to do for the document."""
        self._works.pop(work.ref.key, None)

    def drop_units(self) -> None:
        """Forget all units, not the documents that are only to be written."""
        self._ready.clear()
        self.alone.clear()

    def _unit(self, work: DocumentWork, window: PageWindow) -> Unit:
        if work.opened:
            skip = tuple(page for page in range(window.start, window.stop) if page not in work.left)
        else:
            skip = unwanted(window, selection=self._pages, done=work.done)
        return Unit(next(self._numbers), work.ref, window, skip)
