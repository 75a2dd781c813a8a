"""Documents and pages of a run, counted from its events."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mineru_cli.domain import events
from mineru_cli.observe.snapshot import DocumentProgress, FailureCause, FailureNote, PageProgress
from mineru_cli.observe.throughput import Rate

FAILURES_KEPT = 50
CODES_KEPT = 64


@dataclass(slots=True)
class _OpenDocument:
    """Pages of an unfinished document."""

    pages: int
    kept: int
    done: int = 0
    failed: int = 0


class DocumentCounter:
    """Folds the events of documents and pages. Memory is bounded by the unfinished documents."""

    def __init__(self) -> None:
        self.page_rate = Rate(window=30.0)
        self.document_rate = Rate(window=60.0)
        self._found = events.DiscoveryProgress(0, 0, False)
        self._statuses: Counter[str] = Counter()
        self._pages: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._open: dict[str, _OpenDocument] = {}
        self._failures: deque[FailureNote] = deque(maxlen=FAILURES_KEPT)
        self._by_class: Counter[str] = Counter()
        self._pages_by_class: Counter[str] = Counter()
        self._causes: Counter[tuple[str, str, str]] = Counter()

    @property
    def folds(self) -> Mapping[type, Callable[[Any, float], None]]:
        """What each kind of event does here, by its type."""
        return {
            events.DiscoveryProgress: self._discovered,
            events.DocumentSkipped: self._document_skipped,
            events.DocumentStarted: self._document_started,
            events.PageFinished: self._page_finished,
            events.PageFailed: self._page_failed,
            events.DocumentFinished: self._document_finished,
            events.DocumentRecalled: self._document_recalled,
        }

    @property
    def found_all(self) -> bool:
        """Whether discovery is finished."""
        return self._found.finished

    @property
    def counts(self) -> dict[str, Any]:
        """Failures with their causes, requests and tokens: fields of a ``Snapshot``."""
        return {
            "failures": tuple(self._failures),
            "failures_by_class": dict(self._by_class),
            "causes": tuple(FailureCause(*cause, number) for cause, number in self._causes.items()),
            "requests": self._counts["requests"],
            "prompt_tokens": self._counts["prompt_tokens"],
            "completion_tokens": self._counts["completion_tokens"],
        }

    def documents(self) -> DocumentProgress:
        """Documents by outcome."""
        status = self._statuses
        finished = sum(status.values())
        return DocumentProgress(
            found=max(self._found.documents, finished + len(self._open)),
            bytes=self._found.bytes,
            final=self._found.finished,
            skipped=status["skipped"],
            open=len(self._open),
            done=status["done"],
            partial=status["partial"],
            failed=status["failed"],
            earlier=self._counts["earlier"],
            unsupported=self._found.unsupported,
        )

    def pages(self, totals: events.FinalTotals | None) -> PageProgress:
        """Pages; at the end of the run those of its ``totals``, whatever the events added up to."""
        pages, documents = self._pages, self.documents()
        if totals is not None:
            good = totals.pages_done + totals.pages_incomplete
            return PageProgress(
                known=totals.pages + totals.pages_skipped,
                done=good - totals.pages_kept,
                failed=totals.pages_failed,
                kept=totals.pages_kept + totals.pages_skipped,
                flawed=max(pages["flawed"], totals.pages_incomplete),
                incomplete=totals.pages_incomplete,
                expected=totals.pages + totals.pages_skipped,
            )
        opened = documents.finished + documents.open
        per_document = pages["known"] / opened if opened else 0.0
        return PageProgress(
            known=pages["known"],
            done=pages["done"],
            failed=pages["failed"],
            kept=pages["kept"],
            flawed=pages["flawed"],
            incomplete=pages["incomplete"],
            expected=pages["known"] + round(per_document * documents.unopened),
        )

    def _discovered(self, event: events.DiscoveryProgress, at: float) -> None:
        self._found = event

    def _document_skipped(self, event: events.DocumentSkipped, at: float) -> None:
        self._statuses["skipped" if event.status == "done" else event.status] += 1
        self._counts["earlier"] += event.status in ("partial", "failed")
        self._pages["known"] += event.pages
        self._pages["kept"] += event.pages

    def _document_started(self, event: events.DocumentStarted, at: float) -> None:
        # Another window of an unfinished document announces the document again: it is counted once.
        if event.document not in self._open:
            self._open[event.document] = _OpenDocument(event.pages, event.done)
            self._pages["known"] += event.pages
            self._pages["kept"] += event.done

    def _page_finished(self, event: events.PageFinished, at: float) -> None:
        if document := self._open.get(event.document):
            document.done += 1
        self._pages["done"] += 1
        self._pages["flawed"] += bool(event.flaws)
        if event.loss is not None:
            self._pages["incomplete"] += 1
            self._failed(self._pages_by_class, FailureNote(at, event.document, event.page, event.loss))
        self._counts["requests"] += event.requests
        self._counts["prompt_tokens"] += event.prompt_tokens
        self._counts["completion_tokens"] += event.completion_tokens
        self.page_rate.add(at)

    def _page_failed(self, event: events.PageFailed, at: float) -> None:
        if document := self._open.get(event.document):
            document.failed += 1
        self._pages["failed"] += 1
        self._counts["requests"] += event.requests
        self._failed(self._pages_by_class, FailureNote(at, event.document, event.page, event.failure))

    def _document_finished(self, event: events.DocumentFinished, at: float) -> None:
        document = self._open.pop(event.document, None) or _OpenDocument(0, 0)
        self._settle(document, event)
        self._statuses[event.status] += 1
        if event.status != "failed":
            self.document_rate.add(at)
        if event.failure is not None:
            self._failed(self._by_class, FailureNote(at, event.document, None, event.failure))

    def _document_recalled(self, event: events.DocumentRecalled, at: float) -> None:
        """Subtract the counts of a document: it will be announced again."""
        if document := self._open.pop(event.document, None):
            self._pages["known"] -= document.pages
            self._pages["kept"] -= document.kept
            self._pages["done"] -= document.done
            self._pages["failed"] -= document.failed
        if event.status is not None:
            self._statuses[event.status] -= 1
            self._pages["known"] -= event.pages
            kept = "kept" if event.status == "skipped" else "done"
            self._pages[kept] -= event.pages - event.failed_pages
            self._pages["failed"] -= event.failed_pages

    def _settle(self, document: _OpenDocument, event: events.DocumentFinished) -> None:
        """Correct the page counts by the document's final event."""
        failed = event.failed_pages
        if event.status == "failed" and not failed:
            failed = max(0, event.pages - document.done - document.kept)
        done = max(0, event.pages - failed - document.kept)
        self._pages["known"] += event.pages - document.pages
        self._pages["failed"] += failed - document.failed
        self._pages["done"] += done - document.done

    def _failed(self, by_class: Counter[str], note: FailureNote) -> None:
        code = note.failure.code
        if code not in by_class and len(by_class) >= CODES_KEPT:
            code = "other"
        by_class[code] += 1
        kind = "document" if note.page is None else "page"
        cause = (kind, code, note.failure.hint)
        if cause not in self._causes and len(self._causes) >= CODES_KEPT:
            cause = (kind, code, "")
        self._causes[cause] += 1
        self._failures.append(note)
