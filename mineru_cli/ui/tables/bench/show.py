"""Results of ``bench``, ``bench startup`` and ``bench tune`` on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mineru_cli.bench.regression import BenchComparison
from mineru_cli.bench.result import BenchResult, Level
from mineru_cli.bench.startup import Startup, spread_text
from mineru_cli.bench.targets import TargetRow
from mineru_cli.bench.tune import Tuning
from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import UNKNOWN, count, percent
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.tables.bench.facts import facts
from mineru_cli.ui.tables.bench.format import load_text, seconds, speed, spread
from mineru_cli.ui.tables.bench.plots import distribution, room, throughput, timeline

NOTES_FROM = 120
"""Columns from which on notes are shown in the table, else below it."""

_COLUMNS = ("in flight", "pages/s", "", "PDFs/h", "p50", "p95", "p99", "GPU", "CPU/page", "")
_NARROW, _FIRST_TO_GO = 74, ("p99", "CPU/page")
"""Columns of a terminal below which these are left out."""

_WORDS = {"better": "bold green", "worse": "bold red", "no difference shown": "bold"}
_MET = {True: ("met", "green"), False: ("missed", "red"), None: (UNKNOWN, "dim")}


def show_bench(
    result: BenchResult,
    targets: Sequence[TargetRow],
    comparison: BenchComparison | None,
    stream: TextIO,
    environ: Mapping[str, str],
    *,
    max_regression: float = 0.0,
) -> None:
    """Write all results. ``max_regression`` is the share by which they may be worse."""
    console = console_on(stream, environ)
    console.print()
    if result.cut_short:
        console.print(Text(f"Cut short: {visible(result.cut_short, 500)}", "bold yellow"), soft_wrap=True)
    console.print(_levels(result, console.width))
    console.print()
    _plots(console, result)
    for name, value in facts(result):
        console.print(Text.assemble((f"  {name:<8} ", "dim"), visible(value, 1000)), soft_wrap=True)
    console.print()
    _targets(console, targets)
    if comparison is not None:
        console.print()
        _comparison(console, comparison, max_regression)


def _levels(result: BenchResult, width: int) -> Table:
    """One row per level. Unknown values have no column."""
    rows = [_level(result, level) for level in result.levels]
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    kept = [
        place
        for place, title in enumerate(_COLUMNS)
        if any(row[place] not in ("", UNKNOWN) for row in rows)
        and (width >= _NARROW or title not in _FIRST_TO_GO)
    ]
    for place in kept:
        title = "documents" if result.rate is not None and not place else _COLUMNS[place]
        last = place == len(_COLUMNS) - 1
        table.add_column(title, justify="left" if last else "right", no_wrap=not last)
    for level, row in zip(result.levels, rows, strict=True):
        style = "bold" if level.concurrency == result.best.concurrency else ""
        table.add_row(*(row[place] for place in kept), style=style)
    return table


def _level(result: BenchResult, level: Level) -> list[str]:
    times = level.page_seconds
    notes = []
    if level.errors:
        notes.append(f"{sum(level.errors.values())} lost")
    if level.retries:
        notes.append(f"{level.retries} retried")
    if level.flawed_pages:
        notes.append(f"{count(level.flawed_pages)} flawed")
    if level.over_saturated:
        notes.append("over-saturated")
    if any(run.steady is None for run in level.runs):
        notes.append("no steady window")
    return [
        str(level.concurrency) if result.rate is None else f"{result.rate:g}/s",
        speed(level.pages_per_second),
        spread(level.interval),
        count(result.pdfs_per_hour(level)),
        *(seconds(value) for value in ((times.p50, times.p95, times.p99) if times else (None,) * 3)),
        percent(level.mean(lambda run: run.gpu.utilisation)),
        seconds(level.mean(lambda run: run.client.cpu_seconds_per_page)),
        ", ".join(notes),
    ]


def _plots(console: Console, result: BenchResult) -> None:
    best, width = result.best, room(console.width)
    if result.rate is None:
        console.print(throughput(result, width))
    if best.runs[-1].timeline:
        load = load_text(best.concurrency, result.rate)
        lasted = seconds(best.runs[-1].timeline[-1].at)
        console.print(Text(f"  the last measurement at {load}, {lasted} long", "dim"), soft_wrap=True)
        console.print(timeline(best.runs[-1], width).append(distribution(best.page_times, width)))


def _targets(console: Console, rows: Sequence[TargetRow]) -> None:
    notes = console.width >= NOTES_FROM
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("split service", "before", "target", "measured", *([""] * (1 + notes))):
        table.add_column(title, overflow="fold")
    for row in rows:
        word, style = _MET[row.met]
        note = (Text(visible(row.note, 200), "dim"),) if notes else ()
        table.add_row(
            row.name, row.before, row.target, Text(row.measured, "bold"), Text(word, style), *note
        )  # fmt: skip
    console.print(table)
    for row in () if notes else (row for row in rows if row.note):
        console.print(Text(f"  {row.name}: {visible(row.note, 200)}", "dim"), soft_wrap=True)
    if any("*" in row.before for row in rows):
        console.print(
            Text(
                "  * a typical figure of a service that loads the model in each worker, not measured here",
                "dim",
            )
        )


def _comparison(console: Console, found: BenchComparison, max_regression: float) -> None:
    levels = ", ".join(map(str, found.levels))
    console.print(Text(f"Against {visible(found.before, 500)}, at {levels} in flight:"), soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for change in found.changes:
        between = f"{change.low:.3f} - {change.high:.3f}" if change.low and change.high else "too few repeats"
        table.add_row(
            f"  {change.name}", f"x {change.ratio:.3f}", between, Text(change.word, _WORDS[change.word])
        )
    console.print(table)
    if found.throughput.word == "worse":
        relation = "more than" if found.regressed(max_regression) else "within"
        allowed = f"the {percent(max_regression)} of --max-regression"
        console.print(
            f"  Throughput is lower by {percent(found.throughput.loss)}: {relation} {allowed}.",
            soft_wrap=True,
        )


def show_startup(found: Startup, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Phases of the server's starts, and of the worker until its first request."""
    console = console_on(stream, environ)
    for start in found.starts:
        console.print(
            Text.assemble((f"{found.server} server, {start.label}: ", "bold"), seconds(start.seconds))
        )
        for name, duration in start.phases:
            console.print(f"  {name:<26} {seconds(duration):>8}")
    console.print(Text.assemble(("worker to first request: ", "bold"), spread_text(found.workers)))


def show_tuning(found: Tuning, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Every trial, and the chosen one."""
    console = console_on(stream, environ)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("setting", "value", "throughput", ""):
        table.add_column(title)
    for trial in found.trials:
        chosen = Text("chosen" if found.is_chosen(trial) else "", "green")
        table.add_row(trial.setting, trial.label, Text(visible(trial.text, 300)), chosen)
    console.print(table)
    for name, value in found.variables.items():
        console.print(Text.assemble(("start the server with ", "dim"), visible(f"{name}={value}", 500)))
    options = " ".join(f"--{name} {value}" for name, value in found.chosen.items())
    console.print(Text.assemble(("convert with ", "dim"), options))
