"""Workers, servers and GPUs of a run, as its events show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mineru_cli.domain import events
from mineru_cli.observe.bottleneck import LoadSample, LoadWindow
from mineru_cli.observe.gauges import (
    GpuState,
    GpuTracker,
    ServerState,
    ServerTracker,
    WorkerState,
    is_idle,
)

CODES_KEPT = 64


class MachineState:
    """Folds the events of workers, servers and GPUs. Memory is bounded by their number."""

    def __init__(self) -> None:
        self.load = LoadSample()
        self.recent_load = LoadWindow()
        self.stops: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self._workers: dict[int, WorkerState] = {}
        self._documents: dict[int, str] = {}
        """What each worker works on: changes with every event of a page, and is read by views only."""
        self._idle: set[int] = set()
        self._servers: dict[str, ServerTracker] = {}
        self._gpus: dict[str, GpuTracker] = {}

    @property
    def folds(self) -> Mapping[type, Callable[[Any, float], None]]:
        """What each kind of event does here, by its type."""
        return {
            events.RunStarted: self._run_started,
            events.DocumentStarted: self._worker_active,
            events.PageFinished: self._worker_active,
            events.PageFailed: self._worker_active,
            events.RequestRetried: self._retried,
            events.WorkerStarted: self._worker_started,
            events.WorkerStopped: self._worker_stopped,
            events.WorkerGauge: self._worker_gauge,
            events.BreakerChanged: self._breaker_changed,
            events.ServerGauge: self._server_gauge,
            events.GpuGauge: self._gpu_gauge,
        }

    @property
    def count(self) -> int:
        """How many workers there are."""
        return len(self._workers)

    def workers(self) -> tuple[WorkerState, ...]:
        """By number."""
        return tuple(self._seen(self._workers[worker]) for worker in sorted(self._workers))

    def servers(self) -> tuple[ServerState, ...]:
        """In the order of their first event."""
        active = self._workers.keys() - self._idle
        return tuple(server.state(active) for server in self._servers.values())

    def gpus(self) -> tuple[GpuState, ...]:
        """In the order of their first event."""
        return tuple(gpu.state() for gpu in self._gpus.values())

    def _run_started(self, event: events.RunStarted, at: float) -> None:
        for server in event.servers:
            self._server(server)

    def _seen(self, worker: WorkerState) -> WorkerState:
        """With its document. A worker that waits because no server answers it is shown so."""
        worker = replace(worker, document=self._documents.get(worker.worker, ""))
        servers = self._servers.values()
        away = servers and all(server.is_open_at(worker.worker) for server in servers)
        return replace(worker, activity="away") if worker.activity == "waiting" and away else worker

    def _retried(self, event: events.RequestRetried, at: float) -> None:
        code = event.code if event.code in self.retries or len(self.retries) < CODES_KEPT else "other"
        self.retries[code] += 1

    def _worker_started(self, event: events.WorkerStarted, at: float) -> None:
        fresh = WorkerState(event.worker, event.pid, "idle")
        self._shift_load(self._workers.get(event.worker, fresh), fresh)
        self._workers[event.worker] = fresh
        self._documents.pop(event.worker, None)

    def _worker_stopped(self, event: events.WorkerStopped, at: float) -> None:
        if gone := self._workers.pop(event.worker, None):
            self._shift_load(gone, WorkerState(event.worker))
        self.stops[event.reason] += 1
        self._documents.pop(event.worker, None)
        self._idle.discard(event.worker)
        for server in self._servers.values():
            server.forget(event.worker)

    def _worker_gauge(self, event: events.WorkerGauge, at: float) -> None:
        before = self._workers.get(event.worker) or WorkerState(event.worker)
        after = self._workers[event.worker] = before.updated(event)
        (self._idle.add if is_idle(event) else self._idle.discard)(event.worker)
        self._shift_load(before, after)
        self.recent_load.add(at, self.load)

    def _worker_active(
        self, event: events.DocumentStarted | events.PageFinished | events.PageFailed, at: float
    ) -> None:
        if event.worker in self._workers:
            self._documents[event.worker] = event.document

    def _shift_load(self, before: WorkerState, after: WorkerState) -> None:
        """Keep the sum over all workers by what changed: with 1,000 workers adding up is not free."""
        load = self.load
        self.load = LoadSample(
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
