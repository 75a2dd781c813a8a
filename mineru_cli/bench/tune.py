"""Tries settings and keeps the simplest that is as fast as the fastest.

Client settings are always tried: requests in flight, then workers. Server settings are tried only on a server
that we start, because each value needs a restart: one setting after the other, each with the best values of
those before.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from mineru_cli.bench.corpus.documents import Corpus
from mineru_cli.bench.plan import Plan
from mineru_cli.bench.progress import Announce, Note
from mineru_cli.bench.result import AS_FAST
from mineru_cli.bench.servers.own_server import OwnServer, ServerSetting
from mineru_cli.bench.whole import run_bench
from mineru_cli.errors import EngineUnavailable, ServerGivenUp
from mineru_cli.settings import Settings
from mineru_cli.stats.student import mean_interval


@dataclass(frozen=True, slots=True)
class Trial:
    """One value of one setting, None for the server's default. ``speeds`` are pages/s, one per repeat.

    Without speeds the server failed with it, and ``failure`` says why.
    """

    setting: str
    value: int | None
    speeds: tuple[float, ...]
    failure: str = ""

    @property
    def mean(self) -> float:
        """Pages per second; 0 if it failed."""
        return sum(self.speeds) / len(self.speeds) if self.speeds else 0.0

    @property
    def text(self) -> str:
        """The speed with its interval, if there is one."""
        if not self.speeds:
            return self.failure
        interval = mean_interval(self.speeds)
        if interval is None:
            return f"{self.mean:.2f} pages/s"
        return f"{self.mean:.2f} pages/s ({interval.low:.2f}-{interval.high:.2f})"

    @property
    def label(self) -> str:
        """The value as a word."""
        return "default" if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True)
class Tuning:
    """The chosen settings, and the ``trials`` as evidence.

    ``chosen`` maps client settings to their best values, ``server`` those of the server that are better than
    its defaults; ``variables`` configure such a server. ``urls`` are those of given servers; ``launch`` is
    the kind of server that was started ("embedded", "docker").
    """

    chosen: Mapping[str, int]
    trials: tuple[Trial, ...]
    server: Mapping[str, int] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    urls: tuple[str, ...] = ()
    launch: str = ""

    def is_chosen(self, trial: Trial) -> bool:
        """Whether this value was kept."""
        return {**self.server, **self.chosen}.get(trial.setting) == trial.value

    def yaml(self) -> str:
        """A configuration file for ``--config``, with the evidence as comments."""
        lines = [*self._evidence(), *(f"# server: {name}={value}" for name, value in self.variables.items())]
        lines += ["version: 1", "mineru:", "  workers:", "    backend: vlm-http-client"]
        lines += [f"    count: {self.chosen['workers']}", f"    concurrency: {self.chosen['concurrency']}"]
        lines.append("  vllm_server:")
        if self.launch:
            lines.append(f"    launch: {self.launch}")
        else:
            urls = self.urls or ("http://127.0.0.1:8000",)
            lines.append(f"    base_url: {json.dumps(','.join(urls))}")
        return "\n".join(lines) + "\n"

    def env(self) -> str:
        """The same as environment variables, those of docker-compose.yml among them."""
        lines = self._evidence()
        lines += [f"MINERU_BATCH_{name.upper()}={value}" for name, value in self.chosen.items()]
        if self.urls:
            lines.append(f"MINERU_BATCH_SERVER_URL={shlex.quote(','.join(self.urls))}")
        for name, value in self.variables.items():
            lines.append(f"{name}={value}" if name.isupper() else f"# server: {name} {value}")
        return "\n".join(lines) + "\n"

    def _evidence(self) -> list[str]:
        return [f"# {t.setting} {t.label}: {' '.join(t.text.split())}" for t in self.trials]


def simplest(trials: Sequence[Trial]) -> Trial:
    """The default, else the smallest value, among those that are as fast as the fastest."""
    best = max(trial.mean for trial in trials)
    fast = [trial for trial in trials if trial.mean >= AS_FAST * best]
    return min(fast, key=lambda trial: -1 if trial.value is None else trial.value)


def worker_counts(cores: int, concurrency: int) -> list[int]:
    """1, 2, 4, ... up to the cores; at most as many as requests in flight."""
    counts, count = [], 1
    while count <= min(cores, concurrency, 16):
        counts.append(count)
        count *= 2
    return counts


async def tune(
    settings: Settings,
    corpus: Corpus,
    plan: Plan,
    announce: Announce,
    *,
    cores: int,
    own: OwnServer | None = None,
) -> Tuning:
    """Measure the servers of ``settings``, or ``own``. Raises what ``run_bench`` raises."""
    bench = _Bench(settings, corpus, plan, announce)
    async with AsyncExitStack() as held:
        if own is not None:
            announce(Note("starting the server"))
            bench = bench.at((await held.enter_async_context(own.started({}))).url)
        trials = await bench.levels()
        concurrency = _value(simplest(trials))
        bench = replace(bench, plan=replace(plan, levels=(concurrency,), warm_up_seconds=0.0))
        tried = [await bench.workers(count) for count in worker_counts(cores, concurrency)]
    best = simplest(tried)
    trials += tried
    bench = bench.with_workers(_value(best))
    values: dict[str, int] = {}
    chosen = {"concurrency": concurrency, "workers": _value(best)}
    if own is None:
        return Tuning(chosen, tuple(trials), urls=settings.server_url)
    for setting in own.settings:
        tried = [Trial(setting.name, None, best.speeds), *await _tried(own, setting, values, bench)]
        best = simplest(tried)
        trials += tried
        if best.value is not None:
            values[setting.name] = best.value
    return Tuning(chosen, tuple(trials), values, own.as_environment(values))


async def _tried(
    own: OwnServer, setting: ServerSetting, values: Mapping[str, int], bench: _Bench
) -> list[Trial]:
    """Try every value of one setting, each on a restarted server."""
    trials = []
    for value in setting.values:
        bench.announce(Note(f"starting the server with {setting.name} {value}"))
        try:
            async with own.started({**values, setting.name: value}) as up:
                trials.append(await bench.at(up.url).trial(setting.name, value))
        except (EngineUnavailable, ServerGivenUp) as error:
            bench.announce(Note(error.message))
            trials.append(Trial(setting.name, value, (), f"did not start: {error.message}"))
    return trials


@dataclass(frozen=True, slots=True)
class _Bench:
    """State shared by all trials."""

    settings: Settings
    corpus: Corpus
    plan: Plan
    announce: Announce

    def at(self, url: str) -> _Bench:
        """The same for a server at this URL."""
        return replace(self, settings=self.settings.model_copy(update={"server_url": (url,)}))

    def with_workers(self, count: int) -> _Bench:
        """The same with ``count`` workers."""
        return replace(self, settings=self.settings.model_copy(update={"workers": count}))

    async def levels(self) -> list[Trial]:
        """Measure the plan's levels of concurrency."""
        found = await run_bench(self.settings, self.corpus, self.plan, self.announce)
        return [
            Trial("concurrency", level.concurrency, tuple(level.repeats(lambda run: run.pages_per_second)))
            for level in found.levels
        ]

    async def workers(self, count: int) -> Trial:
        """Measure with ``count`` worker processes."""
        self.announce(Note(f"trying {count} workers" if count > 1 else "trying 1 worker"))
        return await self.with_workers(count).trial("workers", count)

    async def trial(self, setting: str, value: int) -> Trial:
        """Measure the only level of the plan."""
        result = await run_bench(self.settings, self.corpus, self.plan, self.announce)
        return Trial(setting, value, tuple(result.levels[0].repeats(lambda run: run.pages_per_second)))


def _value(trial: Trial) -> int:
    return trial.value or 1
