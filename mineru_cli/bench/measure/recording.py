"""Raw data of one level: an observer of the run, and samples of servers and GPUs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from mineru_cli.bench.measure.window import PageTime
from mineru_cli.domain.events import (
    DocumentFinished,
    Event,
    GpuGauge,
    Notice,
    PageFailed,
    PageFinished,
    RequestRetried,
    RunStarted,
    WorkerGauge,
    WorkerStarted,
    WorkerStopped,
)
from mineru_cli.domain.failure import Failure
from mineru_cli.telemetry.series import MetricsPage


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page that could not be read, and the number of its requests that were answered all the same."""

    at: float
    failure: Failure
    answered: int = 0


@dataclass(frozen=True, slots=True)
class DocumentTime:
    """A document that ended. ``seconds`` run from its start until its files are written."""

    at: float
    seconds: float


@dataclass(slots=True)
class Recording:
    """Callable with events. All times are Unix seconds.

    A page's time excludes its first request's wait for a slot: a worker reads pages ahead to keep all slots
    full, and that wait does not depend on the server. ``arrivals`` has the time at which each document was
    due (open loop only): page times then start there, which avoids coordinated omission. ``late`` has the
    start of each document of an open loop and its delay.
    """

    arrivals: dict[str, float] = field(default_factory=dict)
    late: list[tuple[float, float]] = field(default_factory=list)
    started: float = 0.0
    workers: int = 0
    pages: list[PageTime] = field(default_factory=list)
    failed: list[FailedPage] = field(default_factory=list)
    documents: list[DocumentTime] = field(default_factory=list)
    documents_failed: list[Failure] = field(default_factory=list)
    retried: Counter[str] = field(default_factory=Counter)
    gauges: list[tuple[float, WorkerGauge]] = field(default_factory=list)
    worker_starts: list[float] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)
    stops: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    scrapes: list[tuple[float, Mapping[str, MetricsPage]]] = field(default_factory=list)
    gpus: list[tuple[float, GpuGauge]] = field(default_factory=list)
    own_cpu: list[tuple[float, float]] = field(default_factory=list)

    def __call__(self, event: Event, at: float) -> None:
        """Note one event of the run."""
        if isinstance(event, PageFinished):
            self.pages.append(self._page(event, at))
        elif isinstance(event, WorkerGauge):
            self.gauges.append((at, event))
        elif isinstance(event, DocumentFinished):
            self._document(event, at)
        elif isinstance(event, PageFailed):
            self.failed.append(FailedPage(at, event.failure, event.requests - event.retried))
        elif isinstance(event, RequestRetried):
            self.retried[event.code] += 1
        else:
            self._life(event, at)

    def _life(self, event: Event, at: float) -> None:
        if isinstance(event, RunStarted):
            self.started, self.workers = at, event.workers
        elif isinstance(event, WorkerStarted):
            if len(self.worker_starts) < self.workers:  # later ones replace a worker that ended
                self.worker_starts.append(at - self.started)
            self.pids.append(event.pid)
        elif isinstance(event, WorkerStopped) and event.reason != "finished":
            self.stops[event.reason] += 1
        elif isinstance(event, Notice) and event.level != "info":
            self.notices.append(event.text)

    def _page(self, event: PageFinished, at: float) -> PageTime:
        return PageTime(
            start=self.arrivals.get(event.document, at - event.seconds + event.waited),
            end=at,
            valid=event.flaws == 0,
            prompt_tokens=event.prompt_tokens,
            completion_tokens=event.completion_tokens,
            requests=event.requests,
            retried=event.retried,
        )

    def _document(self, event: DocumentFinished, at: float) -> None:
        due = self.arrivals.get(event.document)
        self.documents.append(DocumentTime(at, event.seconds if due is None else at - due))
        if event.failure is not None:
            self.documents_failed.append(event.failure)

    @property
    def ended(self) -> int:
        """Number of pages with any outcome."""
        return len(self.pages) + len(self.failed)

    @property
    def lost(self) -> int:
        """Pages that could not be read, and documents that could not be opened."""
        return len(self.failures)

    @property
    def only_failure(self) -> Failure | None:
        """Why nothing could be read; None if something was, or nothing was tried."""
        if self.pages:
            return None
        return next(iter(self.failures), None)

    @property
    def failures(self) -> list[Failure]:
        """Why each of them was lost."""
        return [*(one.failure for one in self.failed), *self.documents_failed]
