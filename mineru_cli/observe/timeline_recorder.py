"""Collects a run's timelines: an observer whose memory does not grow with the run."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mineru_cli.domain import events
from mineru_cli.observe.gauges import ServerTracker, is_idle
from mineru_cli.observe.throughput import TimeBuckets
from mineru_cli.observe.timeline import (
    BreakerChange,
    GpuTimeline,
    RunTimeline,
    ServerTimeline,
    TimedNotice,
    TimeSeries,
)

POINTS = 480
SERVERS_KEPT = 16
GPUS_KEPT = 16
CHANGES_KEPT = 400
NOTICES_KEPT = 50
CODES_KEPT = 64
TEXT_KEPT = 500

_LINES = ("pages", "failed_pages", "retries", "tokens", "in_flight", "limit")


@dataclass(slots=True)
class _ServerBuckets:
    tracker: ServerTracker
    running: TimeBuckets
    waiting: TimeBuckets
    state: events.BreakerState = "closed"
    changes: list[BreakerChange] = field(default_factory=list)


@dataclass(slots=True)
class _GpuBuckets:
    source: str
    utilisation: TimeBuckets
    energy: tuple[float, float] | None = None
    """The first and the latest energy reading, in joules."""


class TimelineRecorder:
    """An observer. ``timeline()`` returns the collected timelines, None before the first event."""

    def __init__(self, points: int = POINTS) -> None:
        self._points = points
        self._started = 0.0
        self._ended = 0.0
        self._lines: dict[str, TimeBuckets] = {}
        self._load: dict[int, tuple[int, int]] = {}
        self._idle: set[int] = set()
        self._in_flight = 0
        self._limit = 0
        self._servers: dict[str, _ServerBuckets] = {}
        self._gpus: dict[str, _GpuBuckets] = {}
        self._codes: Counter[str] = Counter()
        self._stops: Counter[str] = Counter()
        self._notices: deque[TimedNotice] = deque(maxlen=NOTICES_KEPT)

    def __call__(self, event: events.Event, at: float) -> None:
        """Note one event."""
        if not self._lines:
            self._started = at
            self._lines = {name: self._line() for name in _LINES}
        self._ended = max(self._ended, at)
        note = _NOTES.get(type(event))
        if note is not None:
            note(self, event, at)

    def timeline(self) -> RunTimeline | None:
        """The timelines up to the latest event."""
        if not self._lines:
            return None
        lines = self._lines
        return RunTimeline(
            started=self._started,
            seconds=round(self._ended - self._started, 3),
            pages=_counted(lines["pages"]),
            failed_pages=_counted(lines["failed_pages"]),
            retries=_counted(lines["retries"]),
            tokens=_counted(lines["tokens"]),
            in_flight=_measured(lines["in_flight"]),
            limit=_measured(lines["limit"]),
            servers={name: _server(server) for name, server in self._servers.items()},
            gpus={name: _gpu(gpu) for name, gpu in self._gpus.items()},
            retries_by_code=dict(self._codes.most_common()),
            worker_stops=dict(self._stops),
            notices=tuple(self._notices),
        )

    def _line(self) -> TimeBuckets:
        line = TimeBuckets(self._points)
        line.started = self._started
        return line

    def _run_started(self, event: events.RunStarted, at: float) -> None:
        for server in event.servers:
            self._server(server)

    def _page_finished(self, event: events.PageFinished, at: float) -> None:
        self._lines["pages"].add(at, 1)
        self._lines["tokens"].add(at, event.completion_tokens)

    def _page_failed(self, event: events.PageFailed, at: float) -> None:
        self._lines["failed_pages"].add(at, 1)

    def _retried(self, event: events.RequestRetried, at: float) -> None:
        self._lines["retries"].add(at, 1)
        _count(self._codes, event.code)

    def _worker_gauge(self, event: events.WorkerGauge, at: float) -> None:
        self._loaded(event.worker, (event.in_flight, event.limit), at)
        (self._idle.add if is_idle(event) else self._idle.discard)(event.worker)

    def _worker_stopped(self, event: events.WorkerStopped, at: float) -> None:
        self._loaded(event.worker, (0, 0), at)
        del self._load[event.worker]
        self._idle.discard(event.worker)
        _count(self._stops, event.reason)
        for server in self._servers.values():
            server.tracker.forget(event.worker)
            self._settle_breaker(server, at)

    def _loaded(self, worker: int, load: tuple[int, int], at: float) -> None:
        """Update the sums over all workers incrementally."""
        before = self._load.get(worker, (0, 0))
        self._load[worker] = load
        self._in_flight += load[0] - before[0]
        self._limit += load[1] - before[1]
        self._lines["in_flight"].add(at, self._in_flight)
        self._lines["limit"].add(at, self._limit)

    def _server(self, name: str) -> _ServerBuckets | None:
        known = self._servers.get(name)
        if known is None and len(self._servers) < SERVERS_KEPT:
            known = self._servers[name] = _ServerBuckets(ServerTracker(name), self._line(), self._line())
        return known

    def _server_gauge(self, event: events.ServerGauge, at: float) -> None:
        if server := self._server(event.server):
            if event.running is not None:
                server.running.add(at, event.running)
            if event.waiting is not None:
                server.waiting.add(at, event.waiting)

    def _breaker_changed(self, event: events.BreakerChanged, at: float) -> None:
        if server := self._server(event.server):
            server.tracker.broke(event)
            self._settle_breaker(server, at)

    def _settle_breaker(self, server: _ServerBuckets, at: float) -> None:
        state = server.tracker.state(self._load.keys() - self._idle).breaker
        # Past the limit only changes back to closed are recorded, so that no server seems open forever.
        if state != server.state and (len(server.changes) < CHANGES_KEPT or state == "closed"):
            if len(server.changes) > CHANGES_KEPT:
                server.changes.pop()
            server.state = state
            server.changes.append(BreakerChange(at=round(at - self._started, 3), state=state))

    def _gpu_gauge(self, event: events.GpuGauge, at: float) -> None:
        gpu = self._gpus.get(event.gpu)
        if gpu is None:
            if len(self._gpus) >= GPUS_KEPT:
                return
            gpu = self._gpus[event.gpu] = _GpuBuckets(event.source, self._line())
        if event.utilisation is not None:
            gpu.source = event.source
            gpu.utilisation.add(at, event.utilisation)
        if event.energy is not None:
            gpu.energy = (gpu.energy[0] if gpu.energy else event.energy, event.energy)

    def _notice(self, event: events.Notice, at: float) -> None:
        text = event.text[:TEXT_KEPT]
        self._notices.append(TimedNotice(at=round(at - self._started, 3), level=event.level, text=text))


def _count(counts: Counter[str], name: str) -> None:
    counts[name if name in counts or len(counts) < CODES_KEPT else "other"] += 1


def _counted(line: TimeBuckets) -> TimeSeries:
    return TimeSeries(width=line.width, values=line.sums)


def _measured(line: TimeBuckets) -> TimeSeries:
    return TimeSeries(width=line.width, values=_rounded(line.means))


def _rounded(values: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(None if value is None else round(value, 4) for value in values)


def _server(server: _ServerBuckets) -> ServerTimeline:
    return ServerTimeline(
        running=_measured(server.running), waiting=_measured(server.waiting), breaker=tuple(server.changes)
    )


def _gpu(gpu: _GpuBuckets) -> GpuTimeline:
    energy = None if gpu.energy is None else max(0.0, gpu.energy[1] - gpu.energy[0])
    return GpuTimeline(source=gpu.source, utilisation=_measured(gpu.utilisation), energy=energy)


_Note = Callable[[TimelineRecorder, Any, float], None]
_NOTES: dict[type, _Note] = {
    events.RunStarted: TimelineRecorder._run_started,
    events.Notice: TimelineRecorder._notice,
    events.PageFinished: TimelineRecorder._page_finished,
    events.PageFailed: TimelineRecorder._page_failed,
    events.RequestRetried: TimelineRecorder._retried,
    events.WorkerGauge: TimelineRecorder._worker_gauge,
    events.WorkerStopped: TimelineRecorder._worker_stopped,
    events.BreakerChanged: TimelineRecorder._breaker_changed,
    events.ServerGauge: TimelineRecorder._server_gauge,
    events.GpuGauge: TimelineRecorder._gpu_gauge,
}
