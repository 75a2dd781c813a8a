"""``mineru-batch bench [INPUT...]``: measure a server, and compare it with a saved bench."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.bench import load
from mineru_cli.cli.bench import options as b
from mineru_cli.cli.bench.reports import Reports
from mineru_cli.cli.flags import expanded
from mineru_cli.errors import (
    Interrupted,
    MeasurementFailed,
    MinerUBatchError,
    OutputError,
    ServerGivenUp,
    UsageError,
)

if TYPE_CHECKING:
    from mineru_cli.bench.corpus.documents import Corpus
    from mineru_cli.bench.plan import Plan
    from mineru_cli.bench.regression import BenchComparison, Saved
    from mineru_cli.bench.result import BenchResult
    from mineru_cli.bench.targets import ReferenceSystem
    from mineru_cli.bench.whole import BenchRun
    from mineru_cli.settings import Settings


@b.taking("workers", "dcgm_url")
@expanded
def run(
    given: o.GivenOptions,
    inputs: b.Inputs = None,
    *,
    options: b.BenchOptions,
    reports: Reports,
    comparing: b.Comparing,
) -> None:
    """Measure a server with real documents: pages per second against requests in flight, and the knee.

    With nothing given, the embedded CPU engine is started and measured on synthetic pages.

    \b
    mineru-batch bench
    mineru-batch bench ./pdfs --server-url http://gpu1:8000 --html bench.html
    mineru-batch bench --server-url http://gpu1:8000 --save before.json
    mineru-batch bench --server-url http://gpu1:8000 --against before.json
    mineru-batch bench startup
    mineru-batch bench tune --server-url http://gpu1:8000
    """
    from mineru_cli.bench.regression import read_saved
    from mineru_cli.bench.targets import read_monolith

    if options.rate is not None and options.sweep is not None:
        raise UsageError("--rate fixes the load: it goes with no --sweep")
    if comparing.command and comparing.monolith:
        raise UsageError("--command and --monolith both give the other system's figures: give one of them")
    if comparing.against is None and comparing.max_regression != b.Comparing.max_regression:
        typer.echo("warning: --max-regression has no effect: it is for --against", err=True)
    # What cannot be written or read is reported before minutes are spent on measuring.
    reports.require_writable()
    saved = read_saved(comparing.against) if comparing.against else None
    old = read_monolith(comparing.monolith) if comparing.monolith else None
    settings = given.run_settings(server_wait=load.SERVER_WAIT)
    plan = load.bench_plan(load.is_embedded(settings), options, saved)
    measured = _measure(settings, load.corpus_of(inputs, options.seed), plan, saved, comparing.command)
    raise typer.Exit(_show(measured, measured.other or old, saved, comparing.max_regression, reports))


@dataclass(frozen=True, slots=True)
class _Measured:
    """``other`` are the figures of ``--command``; ``error`` is the reason of an early end."""

    result: BenchResult
    other: ReferenceSystem | None
    error: MinerUBatchError | None


def _measure(
    settings: Settings, corpus: Corpus, plan: Plan, saved: Saved | None, command: str | None
) -> _Measured:
    """Measure. An early end is raised only if there is no result."""
    from mineru_cli.bench.measure.command import measure_command
    from mineru_cli.bench.regression import require_same
    from mineru_cli.bench.whole import open_session
    from mineru_cli.cli.interrupt import until_interrupted
    from mineru_cli.ui.tables.bench.progress import ProgressLines

    session: BenchRun | None = None
    other: ReferenceSystem | None = None
    ended: MinerUBatchError | None = None

    async def work() -> None:
        nonlocal session, other
        if command:
            documents = max(2, (plan.pages or 36) // 3)
            other = await measure_command(
                command, corpus, documents=documents, scratch=plan.scratch, dcgm_url=settings.dcgm_address
            )
        async with open_session(settings, corpus, plan, announce) as session:
            if saved is not None:
                require_same(saved, session.fingerprint)
            await session.run()

    with ProgressLines(sys.stderr, os.environ) as announce:
        try:
            until_interrupted(work)
        except (Interrupted, MeasurementFailed, OutputError, ServerGivenUp) as error:
            ended = error
    if session is None or not session.has_result:
        assert ended is not None  # noqa: S101 - a bench that runs to its end has measured its levels
        raise ended
    return _Measured(session.result(ended.message if ended else ""), other, ended)


def _show(
    measured: _Measured,
    old: ReferenceSystem | None,
    saved: Saved | None,
    max_regression: float,
    reports: Reports,
) -> int:
    """Show and write the results; returns the exit code."""
    from mineru_cli.bench.targets import target_rows
    from mineru_cli.ui.plain_text import show_error
    from mineru_cli.ui.tables.bench.show import show_bench

    result, error = measured.result, measured.error
    targets = target_rows(result, old)
    comparison = _compared(saved, result) if saved else None
    reports.write(result, targets, comparison)
    show_bench(result, targets, comparison, sys.stdout, os.environ, max_regression=max_regression)
    if error is not None:
        show_error(error, sys.stderr)
        return error.exit_code
    return int(comparison is not None and comparison.regressed(max_regression))


def _compared(saved: Saved, result: BenchResult) -> BenchComparison | None:
    """None if the bench ended before a common level was measured."""
    from mineru_cli.bench.regression import compare

    if result.cut_short and not saved.runs.keys() & {level.concurrency for level in result.levels}:
        return None
    return compare(saved, result)
