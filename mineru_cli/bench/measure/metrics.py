"""The metrics of one measurement, with units in their names. ``None`` always means "not known"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mineru_cli.bench.knee import Saturation
from mineru_cli.stats.descriptive import LatencySummary


@dataclass(frozen=True, slots=True)
class Rates:
    """Work per second over a stretch of ``seconds``, in which ``pages`` were done.

    ``good`` pages are valid and within the objective. Steady rates weigh pages by where in the window they
    ended (see ``window``), so they are not quite ``pages / seconds``.
    """

    seconds: float
    pages: int
    pages_per_second: float
    good_pages_per_second: float
    requests_per_second: float
    prompt_tokens_per_second: float
    completion_tokens_per_second: float


@dataclass(frozen=True, slots=True)
class LoadTotals:
    """Counts over the whole measurement, warm-up and tail included, to compare with the server's counters."""

    pages: int
    failed_pages: int
    documents: int
    requests: int
    prompt_tokens: int
    completion_tokens: int
    flawed_pages: int = 0
    """Pages with a block that was cut off, repeated itself or could not be read."""


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """The servers' own metrics over the steady window. Seconds, shares of 0-1, requests."""

    ttft_p50: float | None = None
    ttft_p95: float | None = None
    queue_mean: float | None = None
    queue_p95: float | None = None
    running: float | None = None
    waiting: float | None = None
    kv_use: float | None = None
    kv_use_peak: float | None = None
    preemptions: float | None = None
    prompt_tokens: float | None = None
    completion_tokens: float | None = None
    prefix_cache_hits: float | None = None
    image_cache_hits: float | None = None
    finished: Mapping[str, float] = field(default_factory=dict)

    def answers(self, ended_by: str) -> float | None:
        """Number of answers with this finish reason; None if the server does not report it."""
        return self.finished.get(ended_by, 0.0) if self.finished else None


@dataclass(frozen=True, slots=True)
class GpuFigures:
    """All GPUs, over the steady window. Bytes, watts, joules. ``source`` says what "utilisation" means."""

    source: str = "unavailable"
    utilisation: float | None = None
    memory_used: float | None = None
    power: float | None = None
    energy_per_page: float | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientFigures:
    """The workers and the coordinator. Seconds of CPU, bytes. Queue and request times by Little's law."""

    cpu_seconds_per_page: float | None = None
    queue_seconds: float | None = None
    request_seconds: float | None = None
    in_flight: float | None = None
    memory_per_worker: int | None = None
    worker_start_seconds: float | None = None
    gpu_drivers_mapped: int | None = None
    """Workers with a GPU driver mapped; 0 means that no worker can hold VRAM."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One second of the timeline. ``at`` counts from the start of the measurement."""

    at: float
    pages: float
    in_flight: float | None = None
    client_queue: float | None = None
    server_queue: float | None = None
    gpu: float | None = None


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One measurement of one level.

    ``steady`` is None if the run was too short for a steady state. ``page_times`` are the seconds of the
    pages done in the steady window (of all pages where there is none).
    """

    concurrency: int
    workers: int
    whole: Rates
    steady: Rates | None
    totals: LoadTotals
    page_seconds: LatencySummary | None
    document_seconds: LatencySummary | None
    page_times: tuple[float, ...]
    errors: Mapping[str, int]
    retries: Mapping[str, int]
    server: ServerFigures
    gpu: GpuFigures
    client: ClientFigures
    saturation: Saturation
    timeline: tuple[Moment, ...] = ()
    window: tuple[float, float] | None = None
    """Start and end of the steady window on the timeline's clock, in seconds."""
    notices: tuple[str, ...] = ()

    @property
    def best(self) -> Rates:
        """The steady window if there is one, else the whole run."""
        return self.steady or self.whole

    @property
    def pages_per_second(self) -> float:
        """Of ``best``."""
        return self.best.pages_per_second
