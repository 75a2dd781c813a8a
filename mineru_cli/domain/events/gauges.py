"""Events of workers, servers and GPUs: life cycle and samples of their state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mineru_cli.domain.events.run import RunEvent

BreakerState = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True)
class WorkerStarted(RunEvent):
    """A worker is ready for work. ``sandboxed`` means that the kernel restricts its permissions."""

    worker: int
    pid: int
    seconds: float
    sandboxed: bool = False


@dataclass(frozen=True, slots=True)
class WorkerStopped(RunEvent):
    """A worker ended. ``reason`` is "finished", "crashed", "killed", "page-timeout", "silent" or "memory"."""

    worker: int
    pid: int
    reason: str
    signal: str = ""


@dataclass(frozen=True, slots=True)
class WorkerGauge(RunEvent):
    """The state of a worker, about twice per second.

    ``prepared`` pages and ``queued`` requests wait for a slot, ``units`` are assigned, and ``answered``
    requests got a completion since the worker's start.
    """

    worker: int
    units: int
    prepared: int
    queued: int
    in_flight: int
    limit: int
    rss: int
    cpu_seconds: float
    answered: int = 0


@dataclass(frozen=True, slots=True)
class BreakerChanged(RunEvent):
    """The state of a worker's breaker for a server changed."""

    server: str
    state: BreakerState
    reason: str
    worker: int

    @property
    def why(self) -> str:
        """The reason without the leading server name, for output that has the name already."""
        return self.reason.removeprefix(f"{self.server}: ")


@dataclass(frozen=True, slots=True)
class ServerGauge(RunEvent):
    """One sample of a server's own metrics; None for metrics that it does not export."""

    server: str
    running: float | None = None
    waiting: float | None = None
    kv_usage: float | None = None
    generation_tokens: float | None = None
    prompt_tokens: float | None = None
    preemptions: float | None = None
    ttft_sum: float | None = None
    ttft_count: float | None = None


@dataclass(frozen=True, slots=True)
class GpuGauge(RunEvent):
    """One sample of one GPU. ``utilisation`` is 0-1 or None; ``source`` is the source of the sample.

    An empty ``gpu`` with the source "unavailable" means that no GPU metrics are available.
    """

    gpu: str
    source: str
    utilisation: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    power: float | None = None
    temperature: float | None = None
    energy: float | None = None
