"""Resolves the options of ``bench``: servers, corpus, levels, duration."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mineru_cli.cli.bench.options import BenchOptions, LoadOptions
from mineru_cli.errors import UsageError
from mineru_cli.telemetry.cores import usable_cores

if TYPE_CHECKING:
    from mineru_cli.bench.corpus.documents import Corpus
    from mineru_cli.bench.plan import Plan
    from mineru_cli.bench.regression import Saved
    from mineru_cli.bench.servers.own_server import OwnServer
    from mineru_cli.settings import Settings

SERVER_WAIT = 60.0
"""Seconds to wait for a server to come up, or to come back, before the bench gives up."""


def is_embedded(settings: Settings) -> bool:
    """Whether the embedded engine will be measured."""
    return not settings.server_url and settings.server != "docker"


def plan_of(embedded: bool, options: LoadOptions, scratch: Path | None = None) -> Plan:
    """A plan: fewer and longer measurements for the embedded engine, which takes seconds per page."""
    from mineru_cli.bench.plan import Plan

    pages, duration = options.pages, options.duration
    if pages is not None and duration is not None:
        raise UsageError("--pages and --duration both say how long a measurement takes: give one of them")
    if scratch is not None and not scratch.is_dir():
        raise UsageError(f"--scratch {scratch} is not a folder")
    return Plan(
        repeats=options.repeats or (1 if embedded else 3),
        seconds=None if pages else duration or (25.0 if embedded else 20.0),
        pages=pages,
        seed=options.seed,
        warm_up_seconds=0.0 if embedded else 3.0,
        drain=not embedded,
        patience=12.0 if embedded else 120.0,
        scratch=scratch,
    )


def bench_plan(embedded: bool, options: BenchOptions, saved: Saved | None) -> Plan:
    """The plan of ``bench``; ``saved`` is the bench to compare with."""
    plan = plan_of(embedded, options, options.scratch)
    return replace(
        plan,
        levels=levels_of(plan, options.sweep, options.rate, saved),
        rate=options.rate,
        slo=options.slo,
        gpu_cost=options.gpu_cost,
        reset=options.reset_caches,
        warm_up_seconds=plan.warm_up_seconds if options.warm_up is None else options.warm_up,
    )


def levels_of(
    plan: Plan, sweep: str | None, rate: float | None = None, saved: Saved | None = None
) -> tuple[int, ...] | None:
    """Levels given by the user, else those of the saved bench; None to find them.

    An open loop has a single limit, high enough never to delay arrivals.
    """
    from mineru_cli.bench.plan import EMBEDDED_LEVELS, OPEN_LOOP_BOUND, parse_levels
    from mineru_cli.bench.regression import require_level

    if rate is not None:
        return (OPEN_LOOP_BOUND,)
    if sweep is not None:
        levels = parse_levels(sweep)
        if saved is not None and levels is not None:
            require_level(saved, levels)
        return levels
    if saved is not None:
        return tuple(sorted(saved.runs))
    return EMBEDDED_LEVELS if not plan.drain else None


def corpus_of(inputs: list[str] | None, seed: int) -> Corpus:
    """The user's files, or synthetic pages. Raises ``InputNotFound``."""
    from mineru_cli.bench.corpus.documents import FolderCorpus, SyntheticCorpus

    return FolderCorpus.of(inputs, output=Path("mineru-output")) if inputs else SyntheticCorpus(seed)


def own_server(settings: Settings, start: str | None) -> OwnServer | None:
    """A server that the bench may restart; None for a given server."""
    from mineru_cli.bench.servers.command import CommandServer
    from mineru_cli.bench.servers.docker import DockerServer
    from mineru_cli.bench.servers.embedded import EmbeddedServer
    from mineru_cli.bench.servers.own_server import EXTRA

    key = settings.api_key.get_secret_value() if settings.api_key else None
    if start is not None:
        if settings.server_url or settings.server != "auto":
            raise UsageError("--start starts the server: it goes with no --server-url and no --server")
        return CommandServer(start, api_key=key)
    if settings.server_url:
        return None
    if settings.server == "docker":
        return DockerServer(settings.model, key, os.environ.get(EXTRA, ""))
    return EmbeddedServer(usable_cores())
