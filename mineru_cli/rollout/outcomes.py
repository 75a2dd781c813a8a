"""Outcomes of documents for the guards, collected from the events of their pages. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.domain.events import PageFailed, PageFinished
from mineru_cli.errors import PageNotRecognised, ServerError, error_class
from mineru_cli.rollout.guards import SideOutcome

SERVER_FLAWS = frozenset({"rejected", "missing", "empty", "truncated", "uncovered"})
"""Losses that a server may cause; the document causes all others."""


@dataclass(slots=True)
class _PageResults:
    """Results of a document's pages so far."""

    faulty: bool = False
    answers: int = 0
    seconds: float = 0.0

    def page(self, event: PageFinished | PageFailed) -> None:
        if isinstance(event, PageFailed):
            kind = error_class(event.failure.code)
            self.faulty = self.faulty or issubclass(kind, (ServerError, PageNotRecognised))
            return
        lost = event.loss is not None and event.loss.code in SERVER_FLAWS
        self.faulty = self.faulty or bool(event.faults) or lost
        self.answers += event.requests - event.retried
        self.seconds += event.answer_seconds


class OutcomeCollector:
    """Results of the unfinished documents of one conversion."""

    def __init__(self) -> None:
        self._documents: dict[str, _PageResults] = {}

    def page(self, event: PageFinished | PageFailed) -> None:
        """Record the result of a page."""
        self._documents.setdefault(event.document, _PageResults()).page(event)

    def finished(self, key: str, *, comparable: bool) -> SideOutcome:
        """The outcome of a document whose last page was recorded. See ``SideOutcome`` for ``comparable``."""
        pages = self._documents.pop(key, None) or _PageResults()
        return SideOutcome(pages.faulty, pages.answers, pages.seconds, comparable)

    def discard(self, key: str) -> None:
        """Remove the results of a document that is converted again."""
        self._documents.pop(key, None)
