"""Result of a bench: levels with their repeats, the knee, and the conditions."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from statistics import fmean

from mineru_cli import __version__
from mineru_cli.bench.knee import KneeSearch, find_knee
from mineru_cli.bench.measure.metrics import GpuFigures, RunFigures
from mineru_cli.stats.descriptive import Interval, LatencySummary, mean_of_known
from mineru_cli.stats.student import mean_interval
from mineru_cli.telemetry.machine_limits import usable_cores

AS_FAST = 0.97
"""Share of the highest throughput that counts as equally fast."""


@dataclass(frozen=True, slots=True)
class Level:
    """One concurrency, measured once or several times."""

    concurrency: int
    runs: tuple[RunFigures, ...]

    @property
    def pages_per_second(self) -> float:
        """The mean over the repeats."""
        return fmean(self.repeats(lambda run: run.pages_per_second))

    @property
    def good_pages_per_second(self) -> float:
        """Valid pages within the objective."""
        return fmean(self.repeats(lambda run: run.best.good_pages_per_second))

    @property
    def interval(self) -> Interval | None:
        """Of pages per second; None for a single repeat."""
        return mean_interval(self.repeats(lambda run: run.pages_per_second))

    @property
    def page_times(self) -> tuple[float, ...]:
        """Seconds of all pages of all repeats."""
        return tuple(seconds for run in self.runs for seconds in run.page_times)

    @property
    def page_seconds(self) -> LatencySummary | None:
        """Over all pages of all repeats."""
        return LatencySummary.of(self.page_times)

    @property
    def errors(self) -> Mapping[str, int]:
        """Pages and documents lost, by class."""
        return sum((Counter(run.errors) for run in self.runs), Counter[str]())

    @property
    def retries(self) -> int:
        """Number of retries."""
        return sum(sum(run.retries.values()) for run in self.runs)

    @property
    def flawed_pages(self) -> int:
        """Pages with a known flaw, of all repeats."""
        return sum(run.totals.flawed_pages for run in self.runs)

    @property
    def over_saturated(self) -> bool:
        """Whether queue and latency grew without bound in most repeats."""
        return sum(run.saturation.over for run in self.runs) * 2 > len(self.runs)

    def repeats(self, figure: Callable[[RunFigures], float]) -> list[float]:
        """One metric of every repeat."""
        return [figure(run) for run in self.runs]

    def mean(self, figure: Callable[[RunFigures], float | None]) -> float | None:
        """Mean of a metric over the repeats that have it."""
        return mean_of_known(map(figure, self.runs))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The conditions that must be equal for two benches to be comparable."""

    corpus: str
    model: str
    gpu: str
    settings: Mapping[str, object]

    def differences(self, other: Fingerprint) -> list[str]:
        """The differences, one phrase each."""
        parts = [
            f"{name}: {getattr(self, name)!r} then, {getattr(other, name)!r} now"
            for name in ("corpus", "model", "gpu")
            if getattr(self, name) != getattr(other, name)
        ]
        for name in sorted(self.settings.keys() | other.settings.keys()):
            then, now = self.settings.get(name), other.settings.get(name)
            if then != now:
                parts.append(f"settings.{name}: {then!r} then, {now!r} now")
        return parts


@dataclass(frozen=True, slots=True)
class BenchResult:
    """A whole bench. ``caches`` has the reason why a cache was not emptied, "" if it was.

    ``cut_short`` is the reason of an early end, else "".
    """

    levels: tuple[Level, ...]
    fingerprint: Fingerprint
    pages_per_document: float
    environment: Mapping[str, object]
    caches: Mapping[str, str] = field(default_factory=dict)
    slo: float | None = None
    gpu_cost: float | None = None
    rate: float | None = None
    workers: int = 0
    cut_short: str = ""

    @property
    def knee(self) -> KneeSearch:
        """Over all repeats of all levels."""
        return search_knee(self.levels, open_loop=self.rate is not None)

    @property
    def best(self) -> Level:
        """The smallest level that is as fast as the fastest: more in flight would only queue."""
        most = max(level.pages_per_second for level in self.levels)
        return next(level for level in self.levels if level.pages_per_second >= AS_FAST * most)

    @property
    def gpu(self) -> GpuFigures:
        """At the best level, in its last repeat."""
        return self.best.runs[-1].gpu

    def pdfs_per_hour(self, level: Level) -> float:
        """Of this corpus, whose documents have ``pages_per_document`` pages."""
        return level.pages_per_second * 3600 / self.pages_per_document

    def cost_per_thousand(self, level: Level) -> float | None:
        """Dollars for 1,000 pages; None without a price."""
        if self.gpu_cost is None or not level.pages_per_second:
            return None
        return self.gpu_cost / 3600 / level.pages_per_second * 1000


def search_knee(levels: Sequence[Level], *, open_loop: bool = False) -> KneeSearch:
    """Find the knee in the measured levels."""
    if open_loop:
        return KneeSearch(None, "no knee in an open loop: --rate fixes the load")
    return find_knee([(level.concurrency, run.pages_per_second) for level in levels for run in level.runs])


def machine(now: float) -> dict[str, object]:
    """The local machine, its current load, and the date. ``now`` in Unix seconds."""
    return {
        "measured": datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "mineru-batch": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpu": _processor(),
        "cores": usable_cores(),
        "load_before": _load_average(),
    }


def _processor() -> str | None:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return platform.processor() or None
    names = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name"))
    return next(names, None)


def _load_average() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None
