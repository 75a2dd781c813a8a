"""The states of a document: opened, read page by page, written, finished; and its pages lost with workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mineru_cli.domain.document import Status, Unit
from mineru_cli.domain.events import DocumentStarted, Event, Notice, PageFailed, PageFinished
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import OPENING, Assemble, Assembled, NotAssembled
from mineru_cli.engine.schedule.backlog import Backlog
from mineru_cli.engine.schedule.document_work import DocumentWork, Records
from mineru_cli.engine.schedule.worker_exit import ExitCause
from mineru_cli.errors import NoPages, TooManyPages

ASSEMBLIES = 5
"""How often the writing of a document's files is repeated because the worker died."""


class Documents:
    """The documents in progress. They leave through ``Records.finished``, before their end is announced."""

    def __init__(
        self,
        backlog: Backlog,
        records: Records,
        *,
        max_pages: int,
        assemble_failed: bool,
        announce: Callable[[Event], None],
    ) -> None:
        """``assemble_failed``: documents of which every page failed are written all the same."""
        self._backlog = backlog
        self._records = records
        self._max_pages = max_pages
        self._assemble_failed = assemble_failed
        self._announce = announce

    def of(self, unit: Unit | Assemble | None) -> DocumentWork | None:
        """The document of a unit or job, None when it is finished."""
        return self._backlog.work(unit.document.key) if unit else None

    def opened(self, work: DocumentWork, unit: Unit, count: int, worker: int) -> bool:
        """Its reader counted ``count`` pages. False when the count is not plausible: the document failed."""
        if not 0 <= count <= self._max_pages:  # a worker that is still itself refuses it
            claimed = TooManyPages(f"its reader claimed {count} pages: not a number to trust")
            self.finish(work, "failed", Failure.of(claimed))
            return False
        self._backlog.open(work, count, unit.window)
        pages = len(work.selected)
        self._records.opened(work.ref, pages)
        self._announce(DocumentStarted(work.ref.key, pages, pages - len(work.left), worker))
        if pages:
            self._settle(work)
        else:
            nothing = NoPages(f"none of the selected pages exist: the document has {count}")
            self.finish(work, "failed", Failure.of(nothing))
        return True

    def page_done(self, work: DocumentWork, event: PageFinished | PageFailed) -> bool:
        """A page is in the spool. False when it was not expected: a late message of a replaced worker."""
        failure, loss = (event.failure, None) if isinstance(event, PageFailed) else (None, event.loss)
        if not work.page_done(event.page, failure, loss=loss):
            return False
        work.requests += event.requests
        work.retried += event.retried
        self._announce(event)
        self._settle(work)
        return True

    def assembled(self, work: DocumentWork, message: Assembled | NotAssembled) -> None:
        """Its files are written, or cannot be."""
        if isinstance(message, NotAssembled):
            self.finish(work, "failed", message.failure)
        else:
            if message.changed:
                text = f"{work.ref.key} changed while it was read: the next run converts it again"
                self._announce(Notice("warning", text))
            work.sizes = message.sizes
            self.finish(work, "done" if work.is_complete else "partial", None)

    def finish(self, work: DocumentWork, status: Status, failure: Failure | None) -> None:
        """Record how it ended."""
        self._backlog.finish(work)
        self._records.finished(work, status, failure)

    def give_up(self, work: DocumentWork, failure: Failure) -> None:
        """Stop reading it: the remaining pages are lost for this reason."""
        self._lose(work, work.give_up(failure), failure)
        self._settle(work)

    def take_back(self, work: DocumentWork, unit: Unit, suspect: int | None, cause: ExitCause) -> None:
        """The worker that held the unit ended, while it read the ``suspect`` page (or ``OPENING``)."""
        if suspect is None:
            self._backlog.put_back(work, unit.window)
        elif not work.suspect(suspect, cause.weight):
            self._backlog.isolate(work, unit.window, suspect)
        elif suspect == OPENING:
            self.finish(work, "failed", cause.failure(OPENING))
        else:
            failure = cause.failure(suspect)
            self._lose(work, work.poison(suspect, failure), failure)
            self._backlog.put_back(work, unit.window)
            self._settle(work)

    def write_again(self, work: DocumentWork) -> None:
        """The worker that wrote its files ended."""
        if work.assemblies >= ASSEMBLIES:
            died = Failure("worker-failed", "writing the document ended its worker repeatedly")
            self.finish(work, "failed", died)
        else:
            self._backlog.assemble(work)

    def _settle(self, work: DocumentWork) -> None:
        """With its last page: queue the writing of its files, or finish it if there is nothing to write."""
        if work.left or work.assemblies:
            return
        if work.verdict and not self._assemble_failed:
            self.finish(work, "failed", work.verdict)
        else:
            self._backlog.assemble(work)

    def _lose(self, work: DocumentWork, pages: Sequence[int], failure: Failure) -> None:
        for page in pages:
            self._records.poisoned(work, page, failure)
            self._announce(PageFailed(work.ref.key, page, -1, failure))
