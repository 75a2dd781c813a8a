"""A bench on the terminal: a line for each measurement, then tables, a plot and the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mineru_cli.bench.bench import Began, Measured, Progress, Said
from mineru_cli.bench.compare import Comparison
from mineru_cli.bench.result import BenchResult, Level
from mineru_cli.bench.startup import Startup, spread_text
from mineru_cli.bench.targets import TargetRow
from mineru_cli.bench.tune import Tuning
from mineru_cli.ui.console import console_on
from mineru_cli.ui.figures import UNKNOWN, count, percent, rate
from mineru_cli.ui.marks import STEPS
from mineru_cli.ui.untrusted import visible

PLOT_WIDTH = 44
NOTES_FROM = 120
"""Columns from which the notes stand in the table; else below it."""

_COLUMNS = ("in flight", "pages/s", "95 %", "PDFs/h", "p50", "p95", "p99", "GPU", "CPU/page")
_WORDS = {"better": "bold green", "worse": "bold red", "no difference shown": "bold"}
_MET = {True: ("met", "green"), False: ("missed", "red"), None: (UNKNOWN, "dim")}


def progress_lines(stream: TextIO, environ: Mapping[str, str]) -> Callable[[Progress], None]:
    """An announcer that writes one line a measurement."""
    console = console_on(stream, environ)

    def announce(progress: Progress) -> None:
        if isinstance(progress, Said):
            console.print(Text(visible(progress.text, 500), "dim"), soft_wrap=True)
        elif isinstance(progress, Began) and not progress.concurrency:
            console.print(Text("warming up", "dim"))
        elif isinstance(progress, Measured):
            figures = progress.figures
            spread = figures.page_seconds
            latency = f", page p50 {seconds(spread.p50)}, p95 {seconds(spread.p95)}" if spread else ""
            short = "" if figures.steady else " (no steady window: too few pages)"
            lost = f", {count(sum(figures.errors.values()))} lost" if figures.errors else ""
            load = load_text(figures.concurrency, progress.rate)
            console.print(
                f"{load:>15}  {rate(figures.pages_per_second):>6} pages/s{latency}{lost}{short}",
                soft_wrap=True,
            )

    return announce


def show_bench(
    result: BenchResult,
    targets: Sequence[TargetRow],
    comparison: Comparison | None,
    stream: TextIO,
    environ: Mapping[str, str],
) -> None:
    """Write everything that was found."""
    console = console_on(stream, environ)
    console.print()
    console.print(_levels(result))
    if result.rate is None:
        console.print(_plot(result))
    else:
        console.print()
    _facts(console, result)
    console.print()
    wide = console.width >= NOTES_FROM
    console.print(_targets(targets, notes=wide))
    for row in () if wide else (row for row in targets if row.note):
        console.print(Text(f"  {row.name}: {visible(row.note, 200)}", "dim"), soft_wrap=True)
    if any("*" in row.before for row in targets):
        console.print(Text("  * the proposal's own figure, not measured here", "dim"))
    if comparison is not None:
        console.print()
        _comparison(console, comparison)


def requests(value: float) -> str:
    """``1.3``, ``8``, ``97``: the place of a knee, which lies between whole numbers."""
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"


def load_text(concurrency: int, rate: float | None) -> str:
    """Requests in flight, or the documents a second of an open loop."""
    return f"{concurrency} in flight" if rate is None else f"{rate:g} documents/s"


def seconds(value: float | None) -> str:
    """``12 ms``, ``0.42 s``, ``12.3 s``."""
    if value is None:
        return UNKNOWN
    if value < 0.1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def _levels(result: BenchResult) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for title in _COLUMNS if result.rate is None else ("documents", *_COLUMNS[1:]):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    best = result.best.concurrency
    for level in result.levels:
        table.add_row(*_level(result, level), style="bold" if level.concurrency == best else "")
    return table


def _level(result: BenchResult, level: Level) -> list[str]:
    spread, interval = level.page_seconds, level.interval
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
        rate(level.pages_per_second),
        f"±{(interval.high - interval.mean):.2g}" if interval else UNKNOWN,
        count(result.pdfs_per_hour(level)),
        *(seconds(value) for value in ((spread.p50, spread.p95, spread.p99) if spread else (None,) * 3)),
        percent(level.mean(lambda run: run.gpu.utilisation)),
        seconds(level.mean(lambda run: run.client.cpu_seconds_per_page)),
        ", ".join(notes),
    ]


def _plot(result: BenchResult) -> Text:
    """Throughput over concurrency as bars; the knee is marked between its neighbours."""
    knee = result.knee.knee
    top = max(level.pages_per_second for level in result.levels) or 1.0
    text, marked = Text("\n"), knee is None
    for level in result.levels:
        if knee is not None and not marked and level.concurrency > knee.concurrency * 1.02:
            text.append(f"  {'knee':>9} ┄ {requests(knee.concurrency)} in flight\n", "yellow")
            marked = True
        eighths = round(level.pages_per_second / top * PLOT_WIDTH * 8)
        whole, rest = divmod(eighths, 8)
        # The lower-block characters stand for the rest: left blocks are missing in some fonts.
        bar = "█" * whole + (STEPS[rest] if rest else "")
        text.append(f"  {level.concurrency:>9} │ ")
        text.append(bar, "cyan")
        text.append(f" {rate(level.pages_per_second)}\n")
    return text


def _facts(console: Console, result: BenchResult) -> None:
    search, best = result.knee, result.best
    knee = search.knee
    found = (
        f"{requests(knee.concurrency)} in flight, {rate(knee.pages_per_second)} pages/s"
        if knee
        else search.reason
    )
    gpu = result.gpu
    rows = [
        ("knee", found),
        ("best", f"{load_text(best.concurrency, result.rate)}: {rate(best.pages_per_second)} pages/s"),
        ("goodput", f"{rate(best.good_pages_per_second)} pages/s {_objective(result)}"),
        ("server", _server(best)),
        ("client", _client(best)),
        ("tokens", _tokens(best)),
        ("GPU", f"{percent(gpu.utilisation)} ({gpu.source})" + _energy(result)),
        ("caches", _caches(result)),
        ("corpus", f"{result.environment.get('corpus')}, {result.pages_per_document:.1f} pages a document"),
    ]
    if (cost := result.cost_per_thousand(best)) is not None:
        rows.append(("cost", f"${cost:.3f} for 1,000 pages"))
    for name, value in rows:
        console.print(Text.assemble((f"  {name:<8} ", "dim"), visible(value, 1000)), soft_wrap=True)


def _objective(result: BenchResult) -> str:
    return f"valid and within {result.slo:g} s (--slo)" if result.slo is not None else "valid"


def _server(best: Level) -> str:
    server = best.runs[-1].server
    parts = [f"TTFT p50 {seconds(server.ttft_p50)}", f"queue mean {seconds(server.queue_mean)}"]
    if server.waiting is not None:
        parts.append(f"{server.waiting:.0f} waiting")
    if server.kv_use is not None:
        parts.append(f"KV {percent(server.kv_use)}")
    if server.preemptions:
        parts.append(f"{count(server.preemptions)} preemptions")
    odd = {reason: number for reason, number in server.finished.items() if reason != "stop"}
    parts += [f"{count(number)} {reason}" for reason, number in sorted(odd.items())]
    return ", ".join(parts)


def _client(best: Level) -> str:
    parts = [
        f"queue {seconds(best.mean(lambda run: run.client.queue_seconds))}",
        f"CPU {seconds(best.mean(lambda run: run.client.cpu_seconds_per_page))} a page",
    ]
    if (memory := best.mean(lambda run: run.client.memory_per_worker)) is not None:
        parts.append(f"{memory / 2**20:.0f} MB a worker")
    return ", ".join(parts)


def _tokens(best: Level) -> str:
    read = best.mean(lambda run: run.best.prompt_tokens_per_second)
    written = best.mean(lambda run: run.best.completion_tokens_per_second)
    return f"{count(read)} read and {count(written)} written a second"


def _energy(result: BenchResult) -> str:
    each = result.gpu.energy_per_page
    return f", {each:.1f} J a page" if each is not None else ""


def _caches(result: BenchResult) -> str:
    if not result.caches:
        return "left as they were"
    told: dict[str, list[str]] = {}
    for name, why in result.caches.items():
        told.setdefault(f"not emptied: {why}" if why else "emptied before each level", []).append(name)
    return "; ".join(f"{' and '.join(names)} {what}" for what, names in told.items())


def _targets(rows: Sequence[TargetRow], *, notes: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("proposal", "before", "target", "measured", *([""] * (1 + notes))):
        table.add_column(title, overflow="fold")
    for row in rows:
        word, style = _MET[row.met]
        note = (Text(visible(row.note, 200), "dim"),) if notes else ()
        table.add_row(
            row.name, row.before, row.target, Text(row.measured, "bold"), Text(word, style), *note
        )  # fmt: skip
    return table


def _comparison(console: Console, found: Comparison) -> None:
    levels = ", ".join(map(str, found.levels))
    console.print(Text(f"Against {visible(found.before, 500)}, at {levels} in flight:"), soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for change in found.changes:
        between = f"{change.low:.3f} - {change.high:.3f}" if change.low and change.high else "too few repeats"
        table.add_row(
            f"  {change.name}", f"x {change.ratio:.3f}", between, Text(change.word, _WORDS[change.word])
        )
    console.print(table)


def show_startup(found: Startup, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Phases of the server's starts, and the worker's way to its first request."""
    console = console_on(stream, environ)
    for start in found.starts:
        console.print(
            Text.assemble((f"{found.server} server, {start.label}: ", "bold"), seconds(start.seconds))
        )
        for name, took in start.phases:
            console.print(f"  {name:<26} {seconds(took):>8}")
    console.print(Text.assemble(("worker to first request: ", "bold"), spread_text(found.workers)))


def show_tuning(found: Tuning, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Every trial, and what was chosen."""
    console = console_on(stream, environ)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("setting", "value", "throughput", ""):
        table.add_column(title)
    for trial in found.trials:
        chosen = Text("chosen" if found.is_chosen(trial) else "", "green")
        table.add_row(trial.setting, trial.told, Text(visible(trial.text, 300)), chosen)
    console.print(table)
    for name, value in found.variables.items():
        console.print(Text.assemble(("start the server with ", "dim"), visible(f"{name}={value}", 500)))
