"""The state of a run, folded from its events: what live view, log, summary and report all show.

Pure: ``apply(event, at)`` folds one event, ``snapshot(at)`` gives a frozen picture. Memory is bounded by the
number of workers, servers, GPUs and documents in work, never by the number of documents or pages.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mineru_cli.domain import events
from mineru_cli.observe.bottleneck import Absent, LoadSample, LoadWindow, Situation, judge
from mineru_cli.observe.gauges import GpuTracker, ServerState, ServerTracker, WorkerState, is_idle
from mineru_cli.observe.snapshot import (
    DocumentProgress,
    FailureCause,
    FailureNote,
    PageProgress,
    RolloutState,
    Snapshot,
    Speed,
)
from mineru_cli.observe.throughput import Rate, time_left
from mineru_cli.observe.waiting import WaitingTime

FAILURES_KEPT = 50
NOTICES_KEPT = 50
CODES_KEPT = 64


@dataclass(slots=True)
class _OpenDocument:
    """Pages of a document in work."""

    pages: int
    kept: int
    done: int = 0
    failed: int = 0


class RunProgress:
    """Folds events into the state of a run.

    ``paused`` may be set by who pauses. Events of kinds that it does not know change nothing.
    """

    def __init__(self) -> None:
        self.run: events.RunStarted | None = None
        self._scored: events.DocumentScored | None = None
        self._rollout: RolloutState | None = None
        self.end: events.RunFinished | None = None
        self.started: float | None = None
        self.ended: float | None = None
        self.paused = False
        self.page_rate = Rate(window=30.0)
        self.document_rate = Rate(window=60.0)
        self._waiting = WaitingTime()
        self._stop: tuple[float, float] | None = None
        self._found = events.DiscoveryProgress(0, 0, False)
        self._statuses: Counter[str] = Counter()
        self._pages: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._open: dict[str, _OpenDocument] = {}
        self._workers: dict[int, WorkerState] = {}
        self._idle: set[int] = set()
        self._stops: Counter[str] = Counter()
        self._servers: dict[str, ServerTracker] = {}
        self._gpus: dict[str, GpuTracker] = {}
        self._load = LoadSample()
        self._recent_load = LoadWindow()
        self._retries: Counter[str] = Counter()
        self._failures: deque[FailureNote] = deque(maxlen=FAILURES_KEPT)
        self._by_class: Counter[str] = Counter()
        self._pages_by_class: Counter[str] = Counter()
        self._causes: Counter[tuple[str, str, str]] = Counter()
        self._awaited: tuple[events.ServerAwaited, float] | None = None
        self._notices: deque[tuple[float, events.Notice]] = deque(maxlen=NOTICES_KEPT)

    def apply(self, event: events.Event, at: float) -> None:
        """Fold one event that happened at ``at`` (seconds)."""
        if self.started is None:
            self.started = at
        self._waiting(event, at)
        if fold := _FOLDS.get(type(event)):
            fold(self, event, at)

    @property
    def found_all(self) -> bool:
        """Whether discovery is finished."""
        return self._found.finished

    # Documents and pages

    def _run_started(self, event: events.RunStarted, at: float) -> None:
        self.run = event
        self._awaited = None
        self.page_rate.start(at)
        self.document_rate.start(at)
        for server in event.servers:
            self._server(server)

    def _notice(self, event: events.Notice, at: float) -> None:
        self._notices.append((at, event))

    def _server_awaited(self, event: events.ServerAwaited, at: float) -> None:
        self._awaited = event, at

    def _discovered(self, event: events.DiscoveryProgress, at: float) -> None:
        self._found = event

    def _document_skipped(self, event: events.DocumentSkipped, at: float) -> None:
        self._statuses["skipped" if event.status == "done" else event.status] += 1
        self._counts["earlier"] += event.status in ("partial", "failed")
        self._pages["known"] += event.pages
        self._pages["kept"] += event.pages

    def _document_started(self, event: events.DocumentStarted, at: float) -> None:
        # Another window of a document in work announces the document again: it is counted once.
        if event.document not in self._open:
            self._open[event.document] = _OpenDocument(event.pages, event.done)
            self._pages["known"] += event.pages
            self._pages["kept"] += event.done
        self._at_work(event.worker, event.document)

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
        self._at_work(event.worker, event.document)

    def _page_failed(self, event: events.PageFailed, at: float) -> None:
        if document := self._open.get(event.document):
            document.failed += 1
        self._pages["failed"] += 1
        self._counts["requests"] += event.requests
        self._failed(self._pages_by_class, FailureNote(at, event.document, event.page, event.failure))
        self._at_work(event.worker, event.document)

    def _document_finished(self, event: events.DocumentFinished, at: float) -> None:
        document = self._open.pop(event.document, None) or _OpenDocument(0, 0)
        self._settle(document, event)
        self._statuses[event.status] += 1
        if event.status != "failed":
            self.document_rate.add(at)
        if event.failure is not None:
            self._failed(self._by_class, FailureNote(at, event.document, None, event.failure))

    def _document_recalled(self, event: events.DocumentRecalled, at: float) -> None:
        """Take back what was counted of it: it is announced anew."""
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

    def _document_scored(self, event: events.DocumentScored, at: float) -> None:
        self._scored = event

    def _rollout_changed(self, event: events.RolloutChanged, at: float) -> None:
        self._rollout = replace(self._rollout or RolloutState(0.0), percent=event.percent)

    def _rollout_scored(self, event: events.RolloutScored, at: float) -> None:
        self._rollout = replace(self._rollout or RolloutState(0.0), scored=event)

    def _rollout_judged(self, event: events.RolloutJudged, at: float) -> None:
        state = self._rollout or RolloutState(0.0)
        others = tuple(one for one in state.verdicts if one.guard != event.guard)
        self._rollout = replace(state, verdicts=(*others, event))

    def _rollout_reverted(self, event: events.RolloutReverted, at: float) -> None:
        self._rollout = replace(self._rollout or RolloutState(0.0), percent=0.0, reverted=event)

    def _settle(self, document: _OpenDocument, event: events.DocumentFinished) -> None:
        """Bring the page counts to what the document's end says, whatever was announced before."""
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

    # Workers, servers, GPUs

    def _retried(self, event: events.RequestRetried, at: float) -> None:
        code = event.code if event.code in self._retries or len(self._retries) < CODES_KEPT else "other"
        self._retries[code] += 1

    def _worker_started(self, event: events.WorkerStarted, at: float) -> None:
        fresh = WorkerState(event.worker, event.pid, "idle")
        self._shift_load(self._workers.get(event.worker, fresh), fresh)
        self._workers[event.worker] = fresh

    def _worker_stopped(self, event: events.WorkerStopped, at: float) -> None:
        if gone := self._workers.pop(event.worker, None):
            self._shift_load(gone, WorkerState(event.worker))
        self._stops[event.reason] += 1
        self._idle.discard(event.worker)
        for server in self._servers.values():
            server.forget(event.worker)

    def _worker_gauge(self, event: events.WorkerGauge, at: float) -> None:
        before = self._workers.get(event.worker) or WorkerState(event.worker)
        after = self._workers[event.worker] = before.heard(event)
        (self._idle.add if is_idle(event) else self._idle.discard)(event.worker)
        self._shift_load(before, after)
        self._recent_load.add(at, self._load)

    def _at_work(self, worker: int, document: str) -> None:
        known = self._workers.get(worker)
        if known is not None and known.document != document:
            self._workers[worker] = known.on(document)

    def _shift_load(self, before: WorkerState, after: WorkerState) -> None:
        """Keep the sum over all workers by what changed: with 1,000 workers adding up is not free."""
        load = self._load
        self._load = LoadSample(
            load.in_flight + after.in_flight - before.in_flight,
            load.limit + after.limit - before.limit,
            load.queued + after.queued - before.queued,
            load.prepared + after.prepared - before.prepared,
        )

    def _server(self, server: str) -> ServerTracker:
        return self._servers.setdefault(server, ServerTracker(server))

    def _breaker_changed(self, event: events.BreakerChanged, at: float) -> None:
        self._server(event.server).broke(event)

    def _server_gauge(self, event: events.ServerGauge, at: float) -> None:
        self._server(event.server).sampled(event, at)

    def _gpu_gauge(self, event: events.GpuGauge, at: float) -> None:
        if not event.gpu and self._gpus:  # the source is gone: its GPUs are no longer known
            for tracker in self._gpus.values():
                tracker.lost(event)
            return
        if event.gpu:
            self._gpus.pop("", None)
        self._gpus.setdefault(event.gpu, GpuTracker()).sampled(event)

    def _stopping(self, event: events.Stopping, at: float) -> None:
        self._stop = at, event.grace

    def _grace_left(self, at: float) -> float | None:
        return max(0.0, self._stop[1] - (at - self._stop[0])) if self._stop else None

    def _run_finished(self, event: events.RunFinished, at: float) -> None:
        self.end = event
        self.ended = at

    # The picture

    def snapshot(self, at: float) -> Snapshot:
        """The run as it stands at ``at``, or as it stood at its end."""
        at = at if self.ended is None else min(at, self.ended)
        documents, pages, speed = self._documents(), self._page_counts(), self._speed(at)
        at_work = self._workers.keys() - self._idle
        servers = tuple(server.state(at_work) for server in self._servers.values())
        grace_left = self._grace_left(at)
        eta = None
        if pages.expected and grace_left is None and not (self._waiting.waiting or self.paused):
            remaining = pages.expected - pages.settled
            eta = time_left(remaining, speed.pages_per_second, speed.pages_per_second_average)
        return Snapshot(
            at=at,
            seconds=max(0.0, at - self.started) if self.started is not None else 0.0,
            run=self.run,
            end=self.end,
            paused=self.paused,
            documents=documents,
            pages=pages,
            speed=speed,
            waited=self._waiting.seconds(at),
            grace_left=grace_left,
            eta=eta,
            eta_at_least=not documents.final,
            load=self._load,
            requests=self._counts["requests"],
            retried=self._retries.total(),
            retries_by_code=dict(self._retries),
            prompt_tokens=self._counts["prompt_tokens"],
            completion_tokens=self._counts["completion_tokens"],
            workers=tuple(self._seen(self._workers[worker]) for worker in sorted(self._workers)),
            worker_stops=dict(self._stops),
            servers=servers,
            gpus=tuple(gpu.state() for gpu in self._gpus.values()),
            failures=tuple(self._failures),
            failures_by_class=dict(self._by_class),
            page_failures_by_class=dict(self._pages_by_class),
            causes=tuple(FailureCause(*cause, number) for cause, number in self._causes.items()),
            notices=tuple(self._notices),
            history=self._history(at),
            verdict=judge(self._situation(documents, servers, at)),
            scored=self._scored,
            rollout=self._rollout,
        )

    def _seen(self, worker: WorkerState) -> WorkerState:
        """A worker that waits because no server answers it is shown so."""
        servers = self._servers.values()
        away = servers and all(server.is_open_at(worker.worker) for server in servers)
        return replace(worker, activity="away") if worker.activity == "waiting" and away else worker

    def _documents(self) -> DocumentProgress:
        status = self._statuses
        settled = sum(status.values())
        return DocumentProgress(
            found=max(self._found.documents, settled + len(self._open)),
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

    def _page_counts(self) -> PageProgress:
        pages, documents = self._pages, self._documents()
        totals = self.end.totals if self.end else None
        if totals is not None:  # what run.json says, however the events added up
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
        opened = documents.settled + documents.open
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

    def _speed(self, at: float) -> Speed:
        since, idle = self._waiting.resumed, self._waiting.seconds(at)
        pages, documents = self.page_rate.average(at, idle), self.document_rate.average(at, idle) * 3600
        totals = self.end.totals if self.end else None
        if totals and totals.pages_per_second is not None and totals.pdfs_per_hour is not None:
            pages, documents = totals.pages_per_second, totals.pdfs_per_hour
        return Speed(
            self.page_rate.now(at, since), pages, self.document_rate.now(at, since) * 3600, documents
        )

    def _history(self, at: float) -> tuple[float, ...]:
        """Finer at the beginning, so that there is something to see."""
        seconds = at - self.started if self.started is not None else 0.0
        return self.page_rate.history(at, 120, step=1 if seconds < 60 else 2 if seconds < 240 else 5)

    def _situation(
        self, documents: DocumentProgress, servers: tuple[ServerState, ...], at: float
    ) -> Situation:
        queues = [server.queue for server in servers if server.queue is not None and server.breaker != "open"]
        away = [server for server in servers if server.breaker == "open"]
        return Situation(
            load=self._recent_load.mean(),
            workers=len(self._workers),
            paused=self.paused,
            absent=self._absent(at),
            servers=len(servers) or len(self.run.servers if self.run else ()),
            servers_open=len(away),
            away=tuple(f"{one.server} ({one.reason})" if one.reason else one.server for one in away),
            grace_left=self._grace_left(at),
            queue=sum(queues) if queues else None,
            unopened=documents.unopened,
            discovering=not documents.final,
            adaptive=self.run.adaptive if self.run else False,
            embedded=self.run.embedded if self.run else False,
        )

    def _absent(self, at: float) -> Absent | None:
        """The server that never answered, with the seconds that are left for it now."""
        if self._awaited is None:
            return None
        event, heard = self._awaited
        return Absent(event.why, max(0.0, event.limit - event.waited - max(0.0, at - heard)))


_Fold = Callable[[RunProgress, Any, float], None]
_FOLDS: dict[type, _Fold] = {
    events.RunStarted: RunProgress._run_started,
    events.Notice: RunProgress._notice,
    events.ServerAwaited: RunProgress._server_awaited,
    events.DiscoveryProgress: RunProgress._discovered,
    events.DocumentSkipped: RunProgress._document_skipped,
    events.DocumentStarted: RunProgress._document_started,
    events.PageFinished: RunProgress._page_finished,
    events.PageFailed: RunProgress._page_failed,
    events.DocumentFinished: RunProgress._document_finished,
    events.DocumentScored: RunProgress._document_scored,
    events.RolloutChanged: RunProgress._rollout_changed,
    events.RolloutScored: RunProgress._rollout_scored,
    events.RolloutJudged: RunProgress._rollout_judged,
    events.RolloutReverted: RunProgress._rollout_reverted,
    events.DocumentRecalled: RunProgress._document_recalled,
    events.RequestRetried: RunProgress._retried,
    events.WorkerStarted: RunProgress._worker_started,
    events.WorkerStopped: RunProgress._worker_stopped,
    events.WorkerGauge: RunProgress._worker_gauge,
    events.BreakerChanged: RunProgress._breaker_changed,
    events.ServerGauge: RunProgress._server_gauge,
    events.GpuGauge: RunProgress._gpu_gauge,
    events.Stopping: RunProgress._stopping,
    events.RunFinished: RunProgress._run_finished,
}
