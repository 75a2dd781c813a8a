"""Writes the ledger: observes pages, and commits an outcome before it is announced."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mineru_cli.domain.document import DocumentRef, Status
from mineru_cli.domain.events import DocumentFinished, Event, PageFailed, PageFinished
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import UNKNOWN_SIZE, PageResult
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ports import PageStore

SHARED_COMMIT = 0.25
"""Seconds after a commit for which finished documents wait for the next: each commit costs milliseconds."""


class Recorder:
    """Implements ``schedule.document_work.Records``; ``observe`` is an ``Observer``."""

    def __init__(
        self,
        ledger: Ledger,
        spools: Sequence[PageStore],
        announce: Callable[[Event], None],
        clock: Callable[[], float],
        targets: Sequence[tuple[str, str]] = (),
    ) -> None:
        """``spools`` are those of the targets, ``targets`` their names and marks; empty for a single one."""
        self._ledger = ledger
        self._spools = spools
        self._targets = targets
        self._announce = announce
        self._clock = clock
        self._finished: list[DocumentFinished] = []
        """Recorded, and announced with the next commit."""
        self._commit_due = 0.0
        self._spent: list[str] = []
        self.read = 0
        """Pages read."""
        self.requests = 0
        self.retried = 0

    def observe(self, event: Event, at: float) -> None:
        """Record finished pages; committed with the next document or tick."""
        if isinstance(event, PageFinished):
            self.read += 1
            self._count(event)
            self._ledger.page(
                event.document,
                event.page,
                seconds=event.seconds,
                blocks=event.blocks,
                flaws=event.flaws,
                requests=event.requests,
                retried=event.retried,
                loss=event.loss,
            )
            if event.confidence is not None:
                self._ledger.confidence(event.document, event.page, event.confidence)
        elif isinstance(event, PageFailed):
            self._count(event)
            self._ledger.page(
                event.document,
                event.page,
                requests=event.requests,
                retried=event.retried,
                failure=event.failure,
            )

    def _count(self, event: PageFinished | PageFailed) -> None:
        self.requests += event.requests
        self.retried += event.retried

    def take_spent(self) -> list[str]:
        """Keys of documents whose pages are not needed any more, since the last call.

        The caller removes them: a folder costs milliseconds of waiting for the disk.
        """
        spent, self._spent = self._spent, []
        return spent

    def opened(self, ref: DocumentRef, pages: int) -> None:
        """See ``schedule.document_work.Records``. Committed with the next document or tick, as pages are."""
        self._ledger.started(ref, pages)

    def poisoned(self, work: DocumentWork, page: int, failure: Failure) -> None:
        """See ``schedule.document_work.Records``."""
        self._spools[work.target].save(work.ref, PageResult(page, *UNKNOWN_SIZE, failure=failure), {})

    def finished(self, work: DocumentWork, status: Status, failure: Failure | None) -> None:
        """See ``schedule.document_work.Records``."""
        seconds = self._clock() - work.started
        target, mark = self._targets[work.target] if self._targets else ("", None)
        self._ledger.finished(
            work.ref,
            status,
            pages=len(work.selected),
            failed=sorted(work.failed.items()),
            failure=failure,
            seconds=seconds,
            requests=work.requests,
            retried=work.retried,
            sizes=work.sizes,
            mark=mark,
        )
        self._finished.append(
            DocumentFinished(
                work.ref.key,
                status,
                len(work.selected),
                len(work.failed),
                seconds,
                failure,
                len(work.incomplete),
                target,
            )
        )

    def commit_finished(self) -> None:
        """See ``schedule.document_work.Records``. The caller's next tick commits what is left."""
        if self._finished and self._clock() >= self._commit_due:
            self.commit()

    def commit(self) -> None:
        """Commit everything recorded, and announce the documents that finished."""
        self._commit_due = self._clock() + SHARED_COMMIT
        finished, self._finished = self._finished, []
        self._ledger.commit()
        for event in finished:
            if event.status != "partial":  # --retry-failed resumes from a partial document's good pages
                self._spent.append(event.document)
            self._announce(event)
