"""One document in a run: pages left, failed, incomplete or suspected; and who records its outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from mineru_cli.domain.document import DocumentRef, PageWindow, Status
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.manifest import FileSize

BEYOND_DOUBT = 2.0
"""Suspicion at which a page is considered the cause of crashes: two of them. See ``cause.WEIGHTS``."""
POISONED_PAGES = 3
"""After this many pages lost to crashes the rest of a document is given up: each costs two workers."""


@dataclass(slots=True)
class DocumentWork:
    """State of one document. Pages count from 0.

    ``done`` are pages kept from an earlier run. ``selected`` and ``left`` are empty until the document was
    opened; ``opened`` says whether it was. ``incomplete`` pages were read and lost content. ``target`` is the
    number of the target that converts it; 0 is the baseline, which most runs have alone.
    """

    ref: DocumentRef
    started: float
    done: frozenset[int] = frozenset()
    opened: bool = False
    selected: tuple[int, ...] = ()
    left: set[int] = field(default_factory=set)
    failed: dict[int, Failure] = field(default_factory=dict)
    incomplete: dict[int, Failure] = field(default_factory=dict)
    suspicion: dict[int, float] = field(default_factory=dict)
    poisoned: int = 0
    reading_seconds: dict[int, float] = field(default_factory=dict)
    slow_seconds: float = 0.0
    """See ``ReadingTime``; the former of pages that are not done."""
    assemblies: int = 0
    requests: int = 0
    retried: int = 0
    sizes: tuple[FileSize, ...] = ()
    """Published files with their sizes."""
    target: int = 0

    def open(self, selected: Iterable[int]) -> None:
        """The page count is known: determine the selected pages."""
        self.opened = True
        self.selected = tuple(selected)
        self.left = set(self.selected) - self.done

    def left_in(self, window: PageWindow) -> list[int]:
        """Pages of the window that are left."""
        return [page for page in range(window.start, window.stop) if page in self.left]

    def page_done(self, page: int, failure: Failure | None = None, *, loss: Failure | None = None) -> bool:
        """Mark a page as done. False when it was not expected: a late message of a replaced worker."""
        if page not in self.left:
            return False
        self.left.discard(page)
        self.reading_seconds.pop(page, None)
        if failure:
            self.failed[page] = failure
        elif loss:
            self.incomplete[page] = loss
        return True

    def suspect(self, page: int, weight: float) -> bool:
        """A worker died while it read this page. True when the page is considered the cause."""
        self.suspicion[page] = self.suspicion.get(page, 0.0) + weight
        return self.suspicion[page] >= BEYOND_DOUBT

    def poison(self, page: int, failure: Failure) -> list[int]:
        """Give up a page that kills workers, and with the third one all pages left. Returns the lost ones."""
        self.poisoned += 1
        if self.poisoned >= POISONED_PAGES:
            return self.give_up(failure)
        return [page] if self.page_done(page, failure) else []

    def give_up(self, failure: Failure) -> list[int]:
        """Give up all pages left, and return them."""
        return [page for page in sorted(self.left) if self.page_done(page, failure)]

    @property
    def is_complete(self) -> bool:
        """Whether no page failed or lost content."""
        return not self.failed and not self.incomplete

    @property
    def verdict(self) -> Failure | None:
        """The failure of the document as a whole: every page failed. None when a page was read."""
        if self.selected and len(self.failed) == len(self.selected):
            return self.failed[min(self.failed)]
        return None


class Records(Protocol):
    """Records outcomes before they are announced: the run's ledger and spool."""

    def opened(self, ref: DocumentRef, pages: int) -> None:
        """The document was opened; ``pages`` of it are selected."""
        ...

    def poisoned(self, work: DocumentWork, page: int, failure: Failure) -> None:
        """Store a page that no worker can read as failed."""
        ...

    def finished(self, work: DocumentWork, status: Status, failure: Failure | None) -> None:
        """Record the outcome. It is not durable yet, and so not announced."""
        ...

    def commit_finished(self) -> None:
        """``commit``, unless the last one was a moment ago: what finishes in quick succession shares one."""
        ...

    def commit(self) -> None:
        """Commit the outcomes since the last commit, announce them, and release the pages in the spool."""
        ...
