"""Tries settings and keeps the plainest that is as fast as the fastest.

Client settings are tried always. Server settings are tried only on a server of our own, because each needs
a new start: of the embedded engine, how many requests it works on at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from mineru_cli.bench.bench import Announce, Said, run_bench
from mineru_cli.bench.corpus import Corpus
from mineru_cli.bench.interval import mean_interval
from mineru_cli.bench.plan import Plan
from mineru_cli.engine.stop import Stop
from mineru_cli.settings import Settings

AS_FAST = 0.97
"""A setting with this share of the best throughput counts as equally fast."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One value of one setting. ``speeds`` are pages a second, one a repeat."""

    setting: str
    value: int
    speeds: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Pages a second."""
        return sum(self.speeds) / len(self.speeds)

    @property
    def text(self) -> str:
        """With its interval, where there is one."""
        interval = mean_interval(self.speeds)
        if interval is None:
            return f"{self.mean:.2f} pages/s"
        return f"{self.mean:.2f} pages/s ({interval.low:.2f}-{interval.high:.2f})"


@dataclass(frozen=True, slots=True)
class Tuning:
    """``chosen`` maps a setting to its best value; ``trials`` are the evidence. ``embedded``: own engine."""

    chosen: dict[str, int]
    trials: tuple[Trial, ...]
    embedded: bool

    def yaml(self) -> str:
        """A configuration file for ``--config``, with the evidence as comments."""
        lines = [f"# {trial.setting} {trial.value}: {trial.text}" for trial in self.trials]
        lines += ["mineru:", "  workers:", "    backend: vlm-http-client"]
        lines += [f"    count: {self.chosen['workers']}", f"    concurrency: {self.chosen['concurrency']}"]
        return "\n".join(lines) + "\n"

    def env(self) -> str:
        """The same as environment variables."""
        lines = [f"# {trial.setting} {trial.value}: {trial.text}" for trial in self.trials]
        lines += [f"MINERU_BATCH_{name.upper()}={value}" for name, value in self.chosen.items()]
        return "\n".join(lines) + "\n"


def plainest(trials: Sequence[Trial]) -> Trial:
    """The smallest value among those that are as fast as the fastest."""
    best = max(trial.mean for trial in trials)
    return min((t for t in trials if t.mean >= AS_FAST * best), key=lambda trial: trial.value)


def worker_counts(cores: int, concurrency: int) -> list[int]:
    """1, 2, 4, ... up to the cores; more workers than requests in flight make no sense."""
    counts, count = [], 1
    while count <= min(cores, concurrency, 16):
        counts.append(count)
        count *= 2
    return counts


async def tune(
    settings: Settings, corpus: Corpus, plan: Plan, announce: Announce, stop: Stop, *, cores: int
) -> Tuning:
    """Concurrency first, then workers, then the engine's slots. Raises what ``run_bench`` raises."""
    trials: list[Trial] = []
    chosen: dict[str, int] = {}
    embedded = not settings.server_url
    async with AsyncExitStack() as held:
        if embedded:
            settings = await _own_engine(settings, 0, held)
        found = await run_bench(settings, corpus, plan, announce, stop)
        tried = [
            Trial("concurrency", level.concurrency, tuple(level.repeats(lambda run: run.pages_per_second)))
            for level in found.levels
        ]
        chosen["concurrency"] = plainest(tried).value
        trials += tried
        at_best = replace(plan, levels=(chosen["concurrency"],), warm_up_seconds=0.0)
        tried = []
        for count in worker_counts(cores, chosen["concurrency"]):
            announce(Said(f"trying {count} workers"))
            own = settings.model_copy(update={"workers": count})
            tried.append(await _trial("workers", count, own, corpus, at_best, announce, stop))
        chosen["workers"] = plainest(tried).value
        trials += tried
    if embedded:
        slots = await _slots(settings, corpus, at_best, announce, stop, cores, chosen)
        trials += slots
        chosen["engine_slots"] = plainest(slots).value
    return Tuning(chosen, tuple(trials), embedded)


async def _slots(
    settings: Settings,
    corpus: Corpus,
    plan: Plan,
    announce: Announce,
    stop: Stop,
    cores: int,
    chosen: dict[str, int],
) -> list[Trial]:
    tried = []
    for slots in worker_counts(cores, cores):
        announce(Said(f"trying the embedded engine with {slots} requests at once"))
        async with AsyncExitStack() as held:
            own = await _own_engine(settings.model_copy(update={"workers": chosen["workers"]}), slots, held)
            tried.append(await _trial("engine_slots", slots, own, corpus, plan, announce, stop))
    return tried


async def _own_engine(settings: Settings, slots: int, held: AsyncExitStack) -> Settings:
    """Start the embedded engine for as long as ``held`` lasts; settings that point at it."""
    from mineru_cli.servers.docker.await_ready import wait_until_ready
    from mineru_cli.servers.embedded.config import EmbeddedConfig
    from mineru_cli.servers.embedded.process import embedded_server

    server = await held.enter_async_context(embedded_server(EmbeddedConfig(slots=slots)))
    await wait_until_ready(server.url, model=None, api_key=None, timeout=120.0)
    update = {"server_url": (server.url,), "workers": settings.workers or 1, "model": server.model}
    return settings.model_copy(update=update)


async def _trial(
    setting: str, value: int, settings: Settings, corpus: Corpus, plan: Plan, announce: Announce, stop: Stop
) -> Trial:
    result = await run_bench(settings, corpus, plan, announce, stop)
    return Trial(setting, value, tuple(result.levels[0].repeats(lambda run: run.pages_per_second)))
