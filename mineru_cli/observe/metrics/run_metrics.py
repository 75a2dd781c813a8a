"""The values of all metrics, folded from a run's events.

Scrapes and events come from different threads: a lock keeps each scrape consistent. Memory is bounded by the
number of servers, GPUs and classes of failure; the latter are limited.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from mineru_cli.domain import events
from mineru_cli.observe.metrics import declared as m
from mineru_cli.observe.metrics.declared import METRICS, Metric
from mineru_cli.observe.progress import RunProgress

MOST_CODES = 64
"""Limit of distinct values of the label "code"; further ones count as "other"."""

_BREAKERS = {"closed": 0.0, "half-open": 1.0, "open": 2.0}
_VERDICTS = {"pass": 0.0, "inconclusive": 1.0, "fail": 2.0}


@dataclass(slots=True)
class BucketCounts:
    """Buckets of a histogram: ``counts`` has one more entry than ``bounds``."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def add(self, counts: Sequence[int], total: float) -> None:
        """Add values that were counted elsewhere in the same buckets."""
        for number, count in enumerate(counts):
            self.counts[number] += count
        self.total += total

    def copy(self) -> BucketCounts:
        """A snapshot."""
        other = BucketCounts(self.bounds)
        other.add(self.counts, self.total)
        return other

    def cumulative(self) -> list[tuple[str, float]]:
        """Cumulative counts by upper bound; the last one is "+Inf"."""
        found, count = [], 0
        for bound, one in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            count += one
            found.append((bound, float(count)))
        return found


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with its values, or its histograms, by label values."""

    metric: Metric
    values: dict[tuple[str, ...], float]
    histograms: dict[tuple[str, ...], BucketCounts]


class RunMetrics:
    """An ``Observer``; ``families()`` may be called from any thread."""

    def __init__(self, version: str) -> None:
        self._lock = Lock()
        self._progress = RunProgress()
        self._now = 0.0
        self._values: dict[Metric, dict[tuple[str, ...], float]] = {
            metric: {(value,): 0.0 for value in metric.known} for metric in METRICS
        }
        self._histograms: dict[Metric, dict[tuple[str, ...], BucketCounts]] = {
            metric: {} if metric.labels else {(): BucketCounts(metric.buckets)}
            for metric in METRICS
            if metric.kind == "histogram"
        }
        self._codes: set[str] = set()
        self._cpu: dict[int, float] = {}
        self._set(m.BUILD_INFO, 1, version)
        for metric in (m.PAGES_RESUMED, m.PAGE_WAIT, m.WORKER_CPU, m.RUN_ACTIVE, m.DISCOVERY_DONE):
            self._set(metric, 0)

    def __call__(self, event: events.Event, at: float) -> None:
        """Fold one event."""
        with self._lock:
            self._now = at
            self._progress.apply(event, at)
            fold = _FOLDS.get(type(event))
            if fold is not None:
                fold(self, event, at)

    def families(self) -> list[Family]:
        """All metrics with their current values."""
        with self._lock:
            self._refresh()
            return [
                Family(metric, dict(self._values[metric]), self._histograms_of(metric)) for metric in METRICS
            ]

    def _histograms_of(self, metric: Metric) -> dict[tuple[str, ...], BucketCounts]:
        return {labels: held.copy() for labels, held in self._histograms.get(metric, {}).items()}

    def _set(self, metric: Metric, value: float, *labels: str) -> None:
        self._values[metric][labels] = float(value)

    def _add(self, metric: Metric, value: float, *labels: str) -> None:
        values = self._values[metric]
        values[labels] = values.get(labels, 0.0) + value

    def _code(self, code: str) -> str:
        if code not in self._codes:
            if len(self._codes) >= MOST_CODES:
                return "other"
            self._codes.add(code)
        return code

    def _refresh(self) -> None:
        """Update the values from the run's snapshot: load, backlog, servers, GPUs."""
        seen = self._progress.snapshot(self._now)
        documents, pages, load = seen.documents, seen.pages, seen.load
        self._set(m.BACKLOG_DOCUMENTS, documents.unopened + documents.open)
        self._set(m.BACKLOG_PAGES, max(0, pages.expected - pages.finished))
        self._set(m.IN_FLIGHT, load.in_flight)
        self._set(m.LIMIT, load.limit)
        self._set(m.QUEUED, load.queued)
        self._set(m.PREPARED, load.prepared)
        self._set(m.WORKERS, len(seen.workers))
        self._set(m.WORKER_MEMORY, sum(worker.rss for worker in seen.workers))
        for server in seen.servers:
            self._set(m.BREAKER, _BREAKERS[server.breaker], server.server)
            for metric, value in (
                (m.SERVER_RUNNING, server.running),
                (m.SERVER_WAITING, server.waiting),
                (m.SERVER_KV, server.kv_usage),
            ):
                if value is not None:
                    self._set(metric, value, server.server)
        self._refresh_gpus([gpu.latest for gpu in seen.gpus])

    def _refresh_gpus(self, gpus: list[events.GpuGauge]) -> None:
        for metric in (m.GPU_UTILISATION, m.GPU_MEMORY):
            self._values[metric].clear()  # a GPU that is no longer readable has no value
        for gpu in gpus:
            if gpu.utilisation is not None:
                self._set(m.GPU_UTILISATION, gpu.utilisation, gpu.gpu, gpu.source)
            if gpu.memory_used is not None:
                self._set(m.GPU_MEMORY, gpu.memory_used, gpu.gpu, gpu.source)

    # Updates by single events

    def _run_started(self, event: events.RunStarted, at: float) -> None:
        self._set(m.RUN_INFO, 1, event.model, event.recipe, event.text)
        self._set(m.RUN_ACTIVE, 1)
        self._set(m.RUN_START, at)
        for server in event.servers:
            self._set(m.BREAKER_OPENINGS, 0, server)

    def _run_finished(self, event: events.RunFinished, at: float) -> None:
        self._set(m.RUN_ACTIVE, 0)
        self._set(m.RUN_EXIT_CODE, event.exit_code)

    def _discovered(self, event: events.DiscoveryProgress, at: float) -> None:
        self._set(m.DOCUMENTS_FOUND, event.documents)
        self._set(m.INPUT_BYTES, event.bytes)
        self._set(m.DISCOVERY_DONE, event.finished)

    def _skipped(self, event: events.DocumentSkipped, at: float) -> None:
        self._add(m.DOCUMENTS, 1, "skipped")
        self._add(m.PAGES_RESUMED, event.pages)

    def _page_finished(self, event: events.PageFinished, at: float) -> None:
        self._add(m.PAGES, 1, "done" if event.loss is None else "incomplete")
        self._set(m.LAST_PAGE, at)
        self._histograms[m.PAGE_DURATION][()].observe(event.seconds)
        self._add(m.PAGE_WAIT, event.waited)
        self._requests(event.requests, event.retried)
        self._add(m.TOKENS, event.prompt_tokens, "prompt")
        self._add(m.TOKENS, event.completion_tokens, "completion")
        if event.loss is not None:
            self._add(m.FAILURES, 1, "page", self._code(event.loss.code))

    def _page_failed(self, event: events.PageFailed, at: float) -> None:
        self._add(m.PAGES, 1, "failed")
        self._requests(event.requests, event.retried)
        self._add(m.FAILURES, 1, "page", self._code(event.failure.code))

    def _requests(self, sent: int, retried: int) -> None:
        self._add(m.REQUESTS, sent - retried, "answered")
        self._add(m.REQUESTS, retried, "retried")

    def _document_finished(self, event: events.DocumentFinished, at: float) -> None:
        self._add(m.DOCUMENTS, 1, event.status)
        self._histograms[m.DOCUMENT_DURATION][()].observe(event.seconds)
        if event.failure is not None:
            self._add(m.FAILURES, 1, "document", self._code(event.failure.code))

    def _scored(self, event: events.DocumentScored, at: float) -> None:
        self._set(m.QUALITY_MATCH, event.mean)
        self._set(m.QUALITY_DOCUMENTS, event.documents)

    def _rollout_changed(self, event: events.RolloutChanged, at: float) -> None:
        self._set(m.ROLLOUT_SHARE, event.percent / 100)
        self._set(m.ROLLOUT_REVERTED, 0)

    def _rollout_scored(self, event: events.RolloutScored, at: float) -> None:
        self._set(m.ROLLOUT_MATCH, event.mean)
        self._set(m.ROLLOUT_SCORED, event.documents)

    def _rollout_judged(self, event: events.RolloutJudged, at: float) -> None:
        self._set(m.ROLLOUT_VERDICT, _VERDICTS[event.verdict], event.guard)

    def _rollout_reverted(self, event: events.RolloutReverted, at: float) -> None:
        self._set(m.ROLLOUT_SHARE, 0)
        self._set(m.ROLLOUT_REVERTED, 1)
        self._add(m.ROLLOUT_REVERTS, 1, event.guard)

    def _recalled(self, event: events.DocumentRecalled, at: float) -> None:
        self._add(m.DOCUMENTS_RECALLED, 1)

    def _request_finished(self, event: events.RequestFinished, at: float) -> None:
        self._add(m.SERVER_REQUESTS, event.count, event.server, self._code(event.outcome))
        if any(event.latencies):
            held = self._histograms[m.REQUEST_DURATION]
            labels = (event.server,)
            if labels not in held:
                held[labels] = BucketCounts(m.REQUEST_DURATION.buckets)
            held[labels].add(event.latencies, event.seconds)

    def _retried(self, event: events.RequestRetried, at: float) -> None:
        self._add(m.RETRIES, 1, event.server, self._code(event.code))

    def _breaker(self, event: events.BreakerChanged, at: float) -> None:
        if event.state == "open":
            self._add(m.BREAKER_OPENINGS, 1, event.server)

    def _worker_gauge(self, event: events.WorkerGauge, at: float) -> None:
        before = self._cpu.get(event.worker, 0.0)
        # A replaced worker starts from zero.
        gained = event.cpu_seconds - before if event.cpu_seconds >= before else event.cpu_seconds
        self._add(m.WORKER_CPU, gained)
        self._cpu[event.worker] = event.cpu_seconds

    def _worker_stopped(self, event: events.WorkerStopped, at: float) -> None:
        self._cpu.pop(event.worker, None)
        if event.reason not in ("finished", "retired"):
            self._add(m.WORKER_RESTARTS, 1, event.reason)


_Fold = Callable[[RunMetrics, Any, float], None]
_FOLDS: dict[type, _Fold] = {
    events.RunStarted: RunMetrics._run_started,
    events.RunFinished: RunMetrics._run_finished,
    events.DiscoveryProgress: RunMetrics._discovered,
    events.DocumentSkipped: RunMetrics._skipped,
    events.PageFinished: RunMetrics._page_finished,
    events.PageFailed: RunMetrics._page_failed,
    events.DocumentFinished: RunMetrics._document_finished,
    events.DocumentScored: RunMetrics._scored,
    events.RolloutChanged: RunMetrics._rollout_changed,
    events.RolloutScored: RunMetrics._rollout_scored,
    events.RolloutJudged: RunMetrics._rollout_judged,
    events.RolloutReverted: RunMetrics._rollout_reverted,
    events.DocumentRecalled: RunMetrics._recalled,
    events.RequestFinished: RunMetrics._request_finished,
    events.RequestRetried: RunMetrics._retried,
    events.BreakerChanged: RunMetrics._breaker,
    events.WorkerGauge: RunMetrics._worker_gauge,
    events.WorkerStopped: RunMetrics._worker_stopped,
}
