"""A whole bench: server, warm-up, levels, repeats."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from mineru_cli.bench.corpus.documents import Corpus
from mineru_cli.bench.measure.level import Bench, measure
from mineru_cli.bench.measure.metrics import RunFigures
from mineru_cli.bench.plan import OfferedLoad, Plan, next_level
from mineru_cli.bench.progress import Announce, LevelStarted, Measured, Note, Planned
from mineru_cli.bench.result import BenchResult, Fingerprint, Level, machine
from mineru_cli.domain.events import Event, Notice
from mineru_cli.engine.run_config import profile_of
from mineru_cli.engine.target import Target, find_target
from mineru_cli.inference.vllm_cache_reset import reset_caches
from mineru_cli.settings import Settings
from mineru_cli.telemetry.gpu import sample_once
from mineru_cli.telemetry.machine_limits import usable_cores


async def run_bench(settings: Settings, corpus: Corpus, plan: Plan, announce: Announce) -> BenchResult:
    """Measure the servers of ``settings``, or an embedded engine, at all levels.

    Raises what ``open_session`` and ``BenchRun.run`` raise.
    """
    async with open_session(settings, corpus, plan, announce) as session:
        await session.run()
    return session.result()


@asynccontextmanager
async def open_session(
    settings: Settings, corpus: Corpus, plan: Plan, announce: Announce
) -> AsyncIterator[BenchRun]:
    """The session with servers up and ready. Raises what ``convert`` raises for servers."""

    def report(event: Event) -> None:
        if isinstance(event, Notice):
            announce(Note(event.text))

    before = machine(time.time())
    async with find_target(settings, report, time.monotonic) as target:
        gpus = await sample_once(settings.dcgm_address)
        if settings.dcgm_url and not gpus:
            announce(Note(f"{settings.dcgm_url} reports no GPU"))
        gpu = ", ".join(gauge.gpu for gauge in gpus) or "none"
        yield BenchRun(settings, corpus, plan, announce, target, gpu=gpu, machine=before)


class BenchRun:
    """The steps of one bench against running servers. Finished measurements are kept however it ends."""

    def __init__(
        self,
        settings: Settings,
        corpus: Corpus,
        plan: Plan,
        announce: Announce,
        target: Target,
        *,
        gpu: str,
        machine: dict[str, object],
    ) -> None:
        self._target = target
        self._plan = plan
        self._announce = announce
        self._corpus = corpus
        self._machine = machine
        self._recipe = profile_of(settings, target.model, root=target.root).name
        self._settings = settings.model_copy(
            update={
                "server_url": target.urls,
                "model": target.model,
                "text": settings.text or "model",
                "workers": settings.workers or (1 if target.embedded else None),
            }
        )
        self._bench = Bench(self._settings, corpus, plan.scratch, plan.slo)
        self._caches: dict[str, str] = {}
        self._runs: dict[int, list[RunFigures]] = {}
        self._number = 0
        self.fingerprint = Fingerprint(corpus.fingerprint, target.model, gpu, self._shaping())

    async def run(self) -> None:
        """Warm up and measure all levels.

        Raises ``ServerGivenUp``, ``MeasurementFailed``, ``OutputError``; then, and on cancellation,
        ``result`` has the finished measurements.
        """
        plan = self._plan
        self._announce(Planned(plan.levels, plan.repeats, plan.seconds))
        if plan.warm_up_seconds:
            first = plan.levels[0] if plan.levels else 4
            await self._measure(
                OfferedLoad(first, plan.warm_up_seconds, drain=False, patience=plan.patience), 0, 1
            )
        for concurrency, repeat in self._order():
            figures = await self._measure(plan.load(concurrency), concurrency, repeat)
            self._runs.setdefault(concurrency, []).append(figures)
            self._announce(Measured(figures))

    @property
    def has_result(self) -> bool:
        """Whether anything was measured."""
        return bool(self._runs)

    def result(self, cut_short: str = "") -> BenchResult:
        """The finished measurements; needs at least one level. ``cut_short``: reason of an early end."""
        levels = tuple(Level(level, tuple(runs)) for level, runs in sorted(self._runs.items()))
        plan = self._plan
        return BenchResult(
            levels=levels,
            fingerprint=self.fingerprint,
            pages_per_document=self._corpus.pages_per_document or _pages_per_document(levels),
            environment={
                **self._machine,
                "servers": list(self._target.urls),
                "server_version": self._target.version,
                "embedded": self._target.embedded,
                "corpus": self._corpus.name,
                "seconds": plan.seconds,
                "pages": plan.pages,
                "repeats": plan.repeats,
                "seed": plan.seed,
            },
            caches=self._caches,
            slo=plan.slo,
            gpu_cost=plan.gpu_cost,
            rate=plan.rate,
            workers=max(run.workers for level in levels for run in level.runs),
            cut_short=cut_short,
        )

    async def _measure(self, load: OfferedLoad, concurrency: int, repeat: int) -> RunFigures:
        self._announce(LevelStarted(concurrency, repeat, self._plan.repeats, load.rate))
        await self._reset()
        self._number += 1
        return await measure(self._bench, load, self._number)

    def _order(self) -> Iterator[tuple[int, int]]:
        """All levels, then all again, so that drift over time affects all of them alike."""
        if self._plan.levels is None:
            while (level := next_level(self._points())) is not None:
                yield level, 1
        else:
            yield from ((level, 1) for level in self._plan.levels)
        for repeat in range(2, self._plan.repeats + 1):
            yield from ((level, repeat) for level in sorted(self._runs))

    def _points(self) -> list[tuple[int, float]]:
        return [(level, run.pages_per_second) for level, runs in self._runs.items() for run in runs]

    async def _reset(self) -> None:
        """Empty the servers' caches; record why one could not be emptied. The embedded engine has none."""
        if not self._plan.reset or self._target.embedded:
            return
        key = self._settings.api_key.get_secret_value() if self._settings.api_key else None
        for url in self._target.urls:
            outcome = await reset_caches(
                url,
                api_key=key,
                headers=self._settings.headers_for(url),
                tls_verify=self._settings.tls_verify,
            )
            for name, why in outcome.items():
                self._caches[name] = why or self._caches.get(name, "")

    def _shaping(self) -> dict[str, object]:
        """The settings that affect speed or work, without levels, which are matched one by one."""
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
            "cores": usable_cores(),
        }


def _pages_per_document(levels: tuple[Level, ...]) -> float:
    totals = [run.totals for level in levels for run in level.runs]
    documents = sum(total.documents for total in totals)
    return sum(total.pages for total in totals) / documents if documents else 1.0
