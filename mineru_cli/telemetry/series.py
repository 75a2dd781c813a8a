"""All of vLLM's series on a ``/metrics`` page: counters by label, and histograms that can be subtracted."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from mineru_cli.telemetry.prometheus_text import samples
from mineru_cli.telemetry.vllm import PREFIX


@dataclass(frozen=True, slots=True)
class Histogram:
    """``buckets`` maps an upper bound to the observations up to it (cumulative, as Prometheus counts)."""

    buckets: Mapping[float, float]
    sum: float
    count: float

    def since(self, before: Histogram | None) -> Histogram:
        """Observations since ``before``; all of them if the server restarted in between."""
        if before is None or before.count > self.count:
            return self
        buckets = {bound: total - before.buckets.get(bound, 0.0) for bound, total in self.buckets.items()}
        return Histogram(buckets, self.sum - before.sum, self.count - before.count)

    @property
    def mean(self) -> float | None:
        """None without observations."""
        return self.sum / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """Linear interpolation within a bucket; above the last finite bound, that bound."""
        wanted, low, below = share * self.count, 0.0, 0.0
        if not self.count:
            return None
        for bound in sorted(self.buckets):
            total = self.buckets[bound]
            if total >= wanted:
                if math.isinf(bound):
                    return low or None
                return low + (bound - low) * ((wanted - below) / (total - below) if total > below else 1.0)
            low, below = (bound, total) if not math.isinf(bound) else (low, below)
        return low or None


@dataclass(frozen=True, slots=True)
class MetricsPage:
    """One scrape. Values of several engines are summed."""

    values: Mapping[str, tuple[tuple[Mapping[str, str], float], ...]]

    @classmethod
    def of(cls, page: str) -> MetricsPage:
        """Parse a page; lines that are not vLLM's are skipped."""
        values: dict[str, list[tuple[Mapping[str, str], float]]] = {}
        for sample in samples(page, PREFIX):
            values.setdefault(sys.intern(sample.name), []).append((sample.labels, sample.value))
        return cls({name: tuple(found) for name, found in values.items()})

    def total(self, name: str) -> float | None:
        """Sum over all labels; None without the series."""
        found = self.values.get(name)
        return None if found is None else sum(value for _, value in found)

    def mean(self, name: str) -> float | None:
        """Mean over engines, for ratios."""
        found = self.values.get(name)
        return None if not found else sum(value for _, value in found) / len(found)

    def by(self, name: str, label: str) -> dict[str, float]:
        """Sums by the value of one label; empty without the series."""
        sums: dict[str, float] = {}
        for labels, value in self.values.get(name, ()):
            sums[labels.get(label, "")] = sums.get(labels.get(label, ""), 0.0) + value
        return sums

    def histogram(self, name: str) -> Histogram | None:
        """A histogram by its name without suffix; None without its buckets."""
        count, total = self.total(f"{name}_count"), self.total(f"{name}_sum")
        if count is None or total is None:
            return None
        bounds: dict[float, float] = {}
        for text, seen in self.by(f"{name}_bucket", "le").items():
            with suppress(ValueError):
                bounds[float(text)] = seen
        return Histogram(bounds, total, count) if bounds else None
