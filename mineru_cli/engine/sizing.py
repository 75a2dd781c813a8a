"""The number of workers and slots, where the user does not set it."""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.errors import SettingsError
from mineru_cli.settings import Limits, Settings

MOST_WORKERS = 8
EMBEDDED_AHEAD = 2
"""Requests in flight for each core of the embedded engine: one in progress, one queued."""

SHARE_OF_WORKERS = 0.8
"""Share of the machine's memory; the rest is for the system, the run itself and the embedded engine."""
LEAST_MEMORY = 512 * 1024**2
"""Bytes; with less, large pages cannot be read."""
IDLE_MEMORY = 16 * 1024**2
"""Bytes that a worker of this machine takes before its first page, apart from what it shares: 15-18 MB."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """Worker processes, requests in flight over all of them, and whether that number adapts."""

    workers: int
    concurrency: int
    adaptive: bool

    def limit_of(self, worker: int) -> int:
        """The worker's share of the concurrency; shares add up to it exactly."""
        share, rest = divmod(self.concurrency, self.workers)
        return share + (worker < rest)


def size(settings: Settings, *, cores: int, embedded: bool) -> Sizing:
    """Settings first; else one worker per core (a core feeds about 10 pages/s), and concurrency adapts.

    The embedded engine needs the cores itself: one worker, and just enough requests to never let it wait.
    """
    most = MOST_WORKERS if settings.engine == "local" else cores
    workers = settings.workers or (1 if embedded else min(cores, most))
    if settings.concurrency:
        return Sizing(min(workers, settings.concurrency), settings.concurrency, adaptive=False)
    if embedded:
        return Sizing(min(workers, cores * EMBEDDED_AHEAD), cores * EMBEDDED_AHEAD, adaptive=False)
    start = max(settings.resilience.adaptive.start, workers)
    return Sizing(workers, start, adaptive=True)


def check_workers(settings: Settings, *, memory: int) -> None:
    """Raise ``SettingsError`` for more workers than ``memory``, this machine's in bytes, has room for."""
    most = max(1, memory // IDLE_MEMORY)
    if settings.engine == "local" and settings.workers and settings.workers > most:
        raise SettingsError(
            f"--workers {settings.workers}: this machine has memory for {most} idle ones at most",
            hint="one per core is enough; --engine ray spreads workers over machines",
        )


def memory_limit(limits: Limits, *, workers: int, memory: int) -> int:
    """Bytes that one worker may take: what the user gave, else at most its share of ``memory``."""
    if "worker_memory" in limits.model_fields_set:
        return limits.worker_memory
    share = int(memory * SHARE_OF_WORKERS) // workers
    return max(LEAST_MEMORY, min(limits.worker_memory, share))
