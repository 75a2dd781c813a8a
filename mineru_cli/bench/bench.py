"""A whole bench: server, warm-up, levels, repeats."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mineru_cli import __version__
from mineru_cli.bench.corpus import Corpus
from mineru_cli.bench.figures import RunFigures
from mineru_cli.bench.measure import Bench, measure
from mineru_cli.bench.plan import Load, Plan
from mineru_cli.bench.result import BenchResult, Fingerprint, Level
from mineru_cli.bench.sweep import next_level
from mineru_cli.domain.events import Event, Notice
from mineru_cli.engine.run import recipe_of
from mineru_cli.engine.stop import Stop
from mineru_cli.engine.target import Target, find_target
from mineru_cli.inference.caches import reset_caches
from mineru_cli.settings import Settings
from mineru_cli.telemetry.gpu import sample_once


@dataclass(frozen=True, slots=True)
class Began:
    """A measurement begins. ``repeat`` counts from 1; ``concurrency`` 0 is the warm-up of the server."""

    concurrency: int
    repeat: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement is done; ``rate`` is that of an open loop, in documents a second."""

    figures: RunFigures
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Something a user should read once."""

    text: str


Progress = Began | Measured | Said
Announce = Callable[[Progress], None]


async def run_bench(
    settings: Settings,
    corpus: Corpus,
    plan: Plan,
    announce: Announce,
    stop: Stop,
    *,
    check: Callable[[Fingerprint], None] = lambda fingerprint: None,
) -> BenchResult:
    """Measure the servers of ``settings``, or an embedded engine of our own.

    ``check`` sees the fingerprint before anything is measured, and may raise. Raises what ``convert`` raises
    for servers, and ``Interrupted`` when ``stop`` is asked for.
    """

    def say(event: Event) -> None:
        if isinstance(event, Notice):
            announce(Said(event.text))

    async with find_target(settings, say, time.monotonic) as target:
        gpus = await sample_once(plan.dcgm_url)
        if plan.dcgm_url and not gpus:
            announce(Said(f"{plan.dcgm_url} tells of no GPU"))
        session = _Session(settings, corpus, plan, announce, stop, target)
        mark = session.fingerprint(", ".join(gauge.gpu for gauge in gpus) or "none")
        check(mark)
        return await session.run(mark)


class _Session:
    """The steps of one bench against servers that are up."""

    def __init__(
        self,
        settings: Settings,
        corpus: Corpus,
        plan: Plan,
        announce: Announce,
        stop: Stop,
        target: Target,
    ) -> None:
        self._target = target
        self._plan = plan
        self._announce = announce
        self._corpus = corpus
        self._recipe = recipe_of(settings, target.model)
        self._settings = settings.model_copy(
            update={
                "server_url": target.urls,
                "model": target.model,
                "text": settings.text or "model",
                "workers": settings.workers or (1 if target.embedded else None),
            }
        )
        self._bench = Bench(self._settings, corpus, stop, plan.scratch, plan.slo, plan.dcgm_url)
        self._caches: dict[str, str] = {}
        self._runs: dict[int, list[RunFigures]] = {}
        self._number = 0

    def fingerprint(self, gpu: str) -> Fingerprint:
        """What is measured, on which GPU."""
        return Fingerprint(self._corpus.fingerprint, self._target.model, gpu, self._shaping())

    async def run(self, fingerprint: Fingerprint) -> BenchResult:
        """Warm up, measure all levels, sum up."""
        if self._plan.warm_up_seconds:
            self._announce(Began(0, 1, 1))
            await self._reset()
            first = self._plan.levels[0] if self._plan.levels else 4
            load = Load(first, self._plan.warm_up_seconds, drain=False, patience=self._plan.patience)
            await measure(self._bench, load, self._next_number())
        for concurrency, repeat in self._order():
            self._announce(Began(concurrency, repeat, self._plan.repeats))
            await self._reset()
            figures = await measure(self._bench, self._plan.load(concurrency), self._next_number())
            self._runs.setdefault(concurrency, []).append(figures)
            self._announce(Measured(figures, self._plan.rate))
        return self._result(fingerprint)

    def _order(self) -> Iterator[tuple[int, int]]:
        """All levels, then all again: what drifts with time then spreads over all of them."""
        if self._plan.levels is None:
            while (level := next_level(self._points())) is not None:
                yield level, 1
        else:
            yield from ((level, 1) for level in self._plan.levels)
        for repeat in range(2, self._plan.repeats + 1):
            yield from ((level, repeat) for level in sorted(self._runs))

    def _points(self) -> list[tuple[int, float]]:
        return [(level, run.pages_per_second) for level, runs in self._runs.items() for run in runs]

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    async def _reset(self) -> None:
        """Empty the servers' caches; say once what cannot be emptied."""
        if not self._plan.reset:
            return
        key = self._settings.api_key.get_secret_value() if self._settings.api_key else None
        for url in self._target.urls:
            outcome = await reset_caches(
                url, api_key=key, headers=self._settings.headers, tls_verify=self._settings.tls_verify
            )
            self._caches.update(outcome)

    def _result(self, fingerprint: Fingerprint) -> BenchResult:
        levels = tuple(Level(level, tuple(runs)) for level, runs in sorted(self._runs.items()))
        card = self._target.cards[0]
        return BenchResult(
            levels=levels,
            fingerprint=fingerprint,
            pages_per_document=self._corpus.pages_per_document or _pages_per_document(levels),
            environment={
                "mineru-batch": __version__,
                "python": platform.python_version(),
                "cores": os.cpu_count(),
                "machine": platform.machine(),
                "load_before": _load_average(),
                "servers": list(self._target.urls),
                "server_version": card.version,
                "embedded": self._target.embedded,
                "corpus": self._corpus.name,
                "seconds": self._plan.seconds,
                "pages": self._plan.pages,
                "repeats": self._plan.repeats,
                "seed": self._plan.seed,
            },
            caches=self._caches,
            slo=self._plan.slo,
            gpu_cost=self._plan.gpu_cost,
            rate=self._plan.rate,
            workers=max(run.workers for level in levels for run in level.runs),
        )

    def _shaping(self) -> dict[str, object]:
        """What of the settings changes speed or work; levels are matched one by one instead."""
        return {
            "recipe": self._recipe,
            "text": self._settings.text,
            "max_tokens": self._settings.limits.max_tokens,
            "image_format": self._settings.rendering.image_format,
            "dpi": self._settings.rendering.dpi,
            "workers": self._settings.workers,
            "servers": len(self._target.urls),
            "rate": self._plan.rate,
            "slo": self._plan.slo,
            "cores": os.cpu_count(),
        }


def _pages_per_document(levels: tuple[Level, ...]) -> float:
    totals = [run.totals for level in levels for run in level.runs]
    documents = sum(total.documents for total in totals)
    return sum(total.pages for total in totals) / documents if documents else 1.0


def _load_average() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None
