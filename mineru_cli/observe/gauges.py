"""State of each worker, server and GPU, folded from their samples.

Trackers are mutable and bounded; ``state()`` returns a frozen copy. Times are seconds on one clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace

from mineru_cli.domain.events import BreakerChanged, BreakerState, GpuGauge, ServerGauge, WorkerGauge
from mineru_cli.stats.descriptive import mean_of_known

SPAN = 20.0
"""Seconds over which a server's counters become rates."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker. ``activity`` is "starting", "reading", "working", "waiting", "away" or "idle".

    "away" means waiting because no server answers.
    """

    worker: int
    pid: int = 0
    activity: str = "starting"
    document: str = ""
    units: int = 0
    prepared: int = 0
    queued: int = 0
    in_flight: int = 0
    limit: int = 0
    rss: int = 0

    def updated(self, gauge: WorkerGauge) -> WorkerState:
        """The same worker after one more sample."""
        return replace(
            self,
            activity=_activity(gauge),
            units=gauge.units,
            prepared=gauge.prepared,
            queued=gauge.queued,
            in_flight=gauge.in_flight,
            limit=gauge.limit,
            rss=gauge.rss,
        )


def is_idle(gauge: WorkerGauge) -> bool:
    """Whether the worker has no requests to send."""
    return _activity(gauge) == "idle"


def _activity(gauge: WorkerGauge) -> str:
    if gauge.in_flight:
        return "working"
    if gauge.queued or gauge.prepared:
        return "waiting"
    return "reading" if gauge.units else "idle"


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server. Rates are per second, ``ttft`` is seconds to the first token, None is "not known".

    ``open_at`` of ``seen_by`` workers have its breaker open; ``breaker`` is the combined state. ``queue`` is
    the recent average of ``waiting``: a single sample may hit an empty queue.
    """

    server: str
    breaker: BreakerState
    open_at: int
    seen_by: int
    reason: str = ""
    running: float | None = None
    waiting: float | None = None
    kv_usage: float | None = None
    tokens_per_second: float | None = None
    ttft: float | None = None
    preemptions: float | None = None
    queue: float | None = None


class ServerTracker:
    """Folds one server's metrics and the workers' breakers for it."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._breakers: dict[int, BreakerState] = {}
        self._reason = ""
        self._samples: deque[tuple[float, ServerGauge]] = deque(maxlen=64)

    def sampled(self, gauge: ServerGauge, at: float) -> None:
        """Add a sample of its metrics. A counter that fell means a restart: older samples are dropped."""
        if self._samples and _restarted(self._samples[-1][1], gauge):
            self._samples.clear()
        self._samples.append((at, gauge))
        while len(self._samples) > 2 and self._samples[0][0] < at - SPAN:
            self._samples.popleft()

    def broke(self, event: BreakerChanged) -> None:
        """A worker's breaker changed."""
        if event.state == "closed":
            self._breakers.pop(event.worker, None)
        else:
            self._breakers[event.worker] = event.state
        # It is shown after the server's name, so that it need not begin with it.
        why = event.why.removeprefix(self.server).lstrip(": ")
        self._reason = why if self._breakers else ""

    def is_open_at(self, worker: int) -> bool:
        """Whether the worker's breaker is open."""
        return self._breakers.get(worker) == "open"

    def forget(self, worker: int) -> None:
        """Remove a worker and its breaker."""
        self._breakers.pop(worker, None)

    def state(self, active: Collection[int]) -> ServerState:
        """The current state. Only workers ``active`` and those with an open breaker count.

        A worker without work sends no requests, so its breaker says nothing.
        """
        workers = len(set(active) | self._breakers.keys())
        opened = sum(state == "open" for state in self._breakers.values())
        latest = self._samples[-1][1] if self._samples else ServerGauge(self.server)
        seconds = self._delta("ttft_sum")
        answers = self._delta("ttft_count")
        return ServerState(
            server=self.server,
            breaker=self._breaker(opened, workers),
            open_at=opened,
            seen_by=max(workers, opened),
            reason=self._reason,
            running=latest.running,
            waiting=latest.waiting,
            kv_usage=latest.kv_usage,
            tokens_per_second=self._per_second("generation_tokens"),
            ttft=seconds / answers if seconds is not None and answers else None,
            preemptions=latest.preemptions,
            queue=self._queue(),
        )

    def _queue(self) -> float | None:
        return mean_of_known(gauge.waiting for _, gauge in self._samples)

    def _breaker(self, opened: int, workers: int) -> BreakerState:
        if not self._breakers:
            return "closed"
        return "open" if opened >= max(workers, 1) else "half-open"

    def _delta(self, name: str) -> float | None:
        if len(self._samples) < 2:
            return None
        first, last = getattr(self._samples[0][1], name), getattr(self._samples[-1][1], name)
        return None if first is None or last is None else max(0.0, last - first)

    def _per_second(self, name: str) -> float | None:
        delta = self._delta(name)
        if delta is None:
            return None
        return delta / max(self._samples[-1][0] - self._samples[0][0], 0.001)


def _restarted(before: ServerGauge, after: ServerGauge) -> bool:
    counters = ((before.generation_tokens, after.generation_tokens), (before.ttft_count, after.ttft_count))
    return any(old is not None and new is not None and new < old for old, new in counters)


@dataclass(frozen=True, slots=True)
class GpuState:
    """One GPU: its latest sample, its recent utilisation (oldest first) and its energy in joules."""

    latest: GpuGauge
    history: tuple[float | None, ...]
    energy: float | None = None


class GpuTracker:
    """Folds the samples of one GPU."""

    def __init__(self) -> None:
        self._latest = GpuGauge("", "")
        self._history: deque[float | None] = deque(maxlen=240)
        self._first_energy: float | None = None

    def sampled(self, gauge: GpuGauge) -> None:
        """Add a sample."""
        self._latest = gauge
        self._history.append(gauge.utilisation)
        if self._first_energy is None:
            self._first_energy = gauge.energy

    def lost(self, gauge: GpuGauge) -> None:
        """The source of this GPU is gone; ``gauge`` announced it for all."""
        self.sampled(replace(gauge, gpu=self._latest.gpu))

    def state(self) -> GpuState:
        """The picture now."""
        taken = None
        if self._first_energy is not None and self._latest.energy is not None:
            taken = max(0.0, self._latest.energy - self._first_energy)
        return GpuState(self._latest, tuple(self._history), taken)
