"""``mineru-batch bench``: what a server gives, where its knee is, and whether it is better than before."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from mineru_cli.cli import bench_options as b
from mineru_cli.cli import options as o
from mineru_cli.cli.bench_options import COMPARE, LOAD, REPORTS
from mineru_cli.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from mineru_cli.bench.compare import Saved
    from mineru_cli.bench.corpus import Corpus
    from mineru_cli.bench.own.server import OwnServer
    from mineru_cli.bench.plan import Plan
    from mineru_cli.engine.stop import Stop
    from mineru_cli.settings import Settings

DEFAULT = "run"


class _MeasureByDefault(TyperGroup):
    """``bench ./pdfs`` is ``bench run ./pdfs``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the command that was left out."""
        if not args or args[0] not in self.commands:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MeasureByDefault,
    help="Throughput and latency of a server: run (the default), startup, tune.",
    rich_markup_mode=None,
    add_completion=False,
)


@app.command(name=DEFAULT)
def bench(
    inputs: b.Inputs = None,
    server_url: b.Url = None,
    server: b.ServerOption = o.Server.AUTO,
    api_key: b.Key = None,
    model: b.Model = None,
    recipe: b.RecipeOption = o.Recipe.AUTO,
    max_tokens: b.MaxTokens = None,
    sweep: b.Sweep = None,
    duration: b.Duration = None,
    pages: b.Pages = None,
    repeats: b.Repeats = None,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            help="Open loop: documents a second that arrive by chance, whatever the server does.",
            min=0.001,
            rich_help_panel=LOAD,
        ),
    ] = None,
    workers: b.Workers = None,
    warm_up: Annotated[
        float | None,
        typer.Option(
            "--warm-up",
            help="Seconds of load before the first level; nothing of it counts. [default: 3; 0 on the "
            "embedded engine]",
            min=0,
            rich_help_panel=LOAD,
        ),
    ] = None,
    seed: b.Seed = 1,
    scratch: b.Scratch = None,
    reset_caches: Annotated[
        bool,
        typer.Option(
            "--reset-caches/--keep-caches",
            help="Empty the server's caches between levels.",
            rich_help_panel=LOAD,
        ),
    ] = True,
    slo: Annotated[
        float | None,
        typer.Option(
            "--slo", help="A good page takes at most so many seconds.", min=0.001, rich_help_panel=LOAD
        ),
    ] = None,
    dcgm_url: Annotated[
        str | None,
        typer.Option("--dcgm-url", help="A DCGM exporter beside the server's GPU.", rich_help_panel=REPORTS),
    ] = None,
    gpu_cost: Annotated[
        float | None,
        typer.Option(
            "--gpu-cost", help="Dollars an hour, for $ per 1,000 pages.", min=0, rich_help_panel=REPORTS
        ),
    ] = None,
    json_file: b.JsonFile = None,
    csv_file: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="One row a measurement.", rich_help_panel=REPORTS),
    ] = None,
    html_file: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="One page with charts.", rich_help_panel=REPORTS),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="Keep it for --against.", rich_help_panel=COMPARE),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FILE", help="Compare with a saved bench.", rich_help_panel=COMPARE
        ),
    ] = None,
    max_regression: Annotated[
        float,
        typer.Option(
            "--max-regression",
            help="Exit with 1 when throughput is shown to be worse by more than this share.",
            min=0,
            max=1,
            rich_help_panel=COMPARE,
        ),
    ] = 0.05,
    monolith: Annotated[
        Path | None,
        typer.Option(
            "--monolith", metavar="FILE", help="JSON with the old system's figures.", rich_help_panel=COMPARE
        ),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            "--command",
            help="Measure another converter too: 'mineru -p {input} -o {output}'.",
            rich_help_panel=COMPARE,
        ),
    ] = None,
) -> None:
    """Measure a server with real documents: pages a second against requests in flight, and the knee.

    With nothing given, the embedded CPU engine is started and measured on synthetic pages.

    \b
    mineru-batch bench
    mineru-batch bench ./pdfs --server-url http://gpu1:8000 --html bench.html
    mineru-batch bench --server-url http://gpu1:8000 --save before.json
    mineru-batch bench --server-url http://gpu1:8000 --against before.json
    mineru-batch bench startup
    mineru-batch bench tune --server-url http://gpu1:8000
    """
    from dataclasses import replace

    from mineru_cli.bench.compare import read_saved

    if rate is not None and sweep is not None:
        raise UsageError("--rate fixes the load: it goes with no --sweep")
    files = {"json": json_file, "csv": csv_file, "html": html_file, "save": save}
    _require_writable(files)
    saved = read_saved(against) if against else None
    settings = _settings(server_url, server, api_key, model, recipe, max_tokens, workers)
    plan = _plan(_is_embedded(settings), duration, pages, repeats, seed, scratch)
    plan = replace(
        plan,
        levels=_levels(plan, sweep, rate, saved),
        rate=rate,
        slo=slo,
        gpu_cost=gpu_cost,
        dcgm_url=dcgm_url,
        reset=reset_caches,
    )
    if warm_up is not None:
        plan = replace(plan, warm_up_seconds=warm_up)
    raise typer.Exit(
        _measure(settings, _corpus(inputs, seed), plan, files, saved, max_regression, monolith, command)
    )


@app.command()
def startup(
    server: Annotated[
        str, typer.Option("--server", help="What to start: embedded, docker or none.")
    ] = "embedded",
    tries: Annotated[int, typer.Option("--tries", help="Starts of a worker.", min=1)] = 5,
    json_file: b.JsonFile = None,
) -> None:
    """Time a server from nothing to its first answer, and a worker to its first request.

    \b
    mineru-batch bench startup
    mineru-batch bench startup --server docker --json startup.json
    """
    import json

    import anyio

    from mineru_cli.bench.startup import measure_startup
    from mineru_cli.settings import Settings
    from mineru_cli.store.local import write_file
    from mineru_cli.ui.bench import progress_lines, show_startup

    if server not in ("embedded", "docker", "none"):
        raise SettingsError(f"--server {server!r} is none of embedded, docker, none")
    announce = progress_lines(sys.stderr, os.environ)

    async def run() -> Any:
        return await measure_startup(Settings(), _corpus(None, 1), announce, server=server, tries=tries)

    found = anyio.run(run)
    show_startup(found, sys.stdout, os.environ)
    if json_file is not None:
        write_file(json_file, (json.dumps(found.plain(), indent=2) + "\n").encode())


@app.command()
def tune(
    inputs: b.Inputs = None,
    server_url: b.Url = None,
    server: b.ServerOption = o.Server.AUTO,
    start: Annotated[
        str | None,
        typer.Option(
            "--start",
            help="Start the server with this line, anew for every value: "
            "'vllm serve MODEL --port {port} {options}'.",
            rich_help_panel=o.SERVER,
        ),
    ] = None,
    api_key: b.Key = None,
    model: b.Model = None,
    recipe: b.RecipeOption = o.Recipe.AUTO,
    max_tokens: b.MaxTokens = None,
    sweep: b.Sweep = None,
    duration: b.Duration = None,
    pages: b.Pages = None,
    repeats: b.Repeats = None,
    seed: b.Seed = 1,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="Where the configuration goes; FILE.env writes variables."),
    ] = Path("mineru-batch.tuned.yaml"),
) -> None:
    """Try concurrency and workers, and server settings when it starts the server; write the best as a file.

    \b
    mineru-batch bench tune --server-url http://gpu1:8000
    mineru-batch bench tune --server docker -o tuned.env
    mineru-batch bench tune --start 'vllm serve MODEL --port {port} {options}'
    """
    from dataclasses import replace

    from mineru_cli.bench.tune import tune as tune_settings
    from mineru_cli.store.local import write_file
    from mineru_cli.ui.bench import progress_lines, show_tuning

    settings = _settings(server_url, server, api_key, model, recipe, max_tokens, None)
    own = _own_server(settings, start)
    embedded = own is not None and start is None and _is_embedded(settings)
    if embedded:
        settings = settings.model_copy(update={"workers": 1})
    plan = _plan(embedded, duration, pages, repeats, seed, None)
    plan = replace(plan, levels=_levels(plan, sweep))
    _require_writable({"output": output})
    announce, corpus = progress_lines(sys.stderr, os.environ), _corpus(inputs, seed)

    async def run(stop: Stop) -> Any:
        return await tune_settings(settings, corpus, plan, announce, stop, cores=os.cpu_count() or 1, own=own)

    found = _interruptible(run)
    show_tuning(found, sys.stdout, os.environ)
    text = found.env() if output.suffix == ".env" else found.yaml()
    write_file(output, text.encode())
    typer.echo(f"written to {output}")


def _is_embedded(settings: Settings) -> bool:
    return not settings.server_url and settings.server != "docker"


def _own_server(settings: Settings, start: str | None) -> OwnServer | None:
    """What ``tune`` may start again and again; None where the server is somebody else's."""
    from mineru_cli.bench.own.command import CommandServer
    from mineru_cli.bench.own.docker import DockerServer
    from mineru_cli.bench.own.embedded import EmbeddedServer
    from mineru_cli.bench.own.settings import EXTRA

    key = settings.api_key.get_secret_value() if settings.api_key else None
    if start is not None:
        if settings.server_url or settings.server != "auto":
            raise UsageError("--start starts the server: it goes with no --server-url and no --server")
        return CommandServer(start, api_key=key)
    if settings.server_url:
        return None
    if settings.server == "docker":
        return DockerServer(settings.model, key, os.environ.get(EXTRA, ""))
    return EmbeddedServer(os.cpu_count() or 1)


def _settings(
    server_url: list[str] | None,
    server: o.Server,
    api_key: str | None,
    model: str | None,
    recipe: o.Recipe,
    max_tokens: int | None,
    workers: int | None,
) -> Settings:
    return o.make_settings(
        {
            "server_url": o.urls(server_url),
            "server": server.value,
            "api_key": api_key,
            "model": model,
            "recipe": recipe.value,
            "limits": {"max_tokens": max_tokens} if max_tokens else None,
            "workers": workers,
            "server_wait": 60.0,
        }
    )


def _plan(
    embedded: bool,
    duration: float | None,
    pages: int | None,
    repeats: int | None,
    seed: int,
    scratch: Path | None,
) -> Plan:
    """The embedded engine reads a page in seconds, not in milliseconds: fewer and longer measurements."""
    from mineru_cli.bench.plan import Plan

    if pages is not None and duration is not None:
        raise UsageError("--pages and --duration both say how long a measurement takes: give one of them")
    if scratch is not None and not scratch.is_dir():
        raise UsageError(f"--scratch {scratch} is no folder")
    return Plan(
        repeats=repeats or (1 if embedded else 3),
        seconds=None if pages else duration or (25.0 if embedded else 20.0),
        pages=pages,
        seed=seed,
        warm_up_seconds=0.0 if embedded else 3.0,
        drain=not embedded,
        patience=12.0 if embedded else 120.0,
        scratch=scratch,
    )


def _levels(
    plan: Plan, sweep: str | None, rate: float | None = None, saved: Saved | None = None
) -> tuple[int, ...] | None:
    """As the user says, or those of the saved bench; None to find them.

    An open loop has one bound, high enough never to hold it back.
    """
    from mineru_cli.bench.compare import require_level
    from mineru_cli.bench.plan import EMBEDDED_LEVELS, OPEN_LOOP_BOUND, parse_levels

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


def _corpus(inputs: list[str] | None, seed: int) -> Corpus:
    from mineru_cli.bench.corpus import FolderCorpus, SyntheticCorpus

    return FolderCorpus.of(inputs, output=Path("mineru-output")) if inputs else SyntheticCorpus(seed)


def _measure(
    settings: Settings,
    corpus: Corpus,
    plan: Plan,
    files: dict[str, Path | None],
    saved: Saved | None,
    max_regression: float,
    monolith: Path | None,
    command: str | None,
) -> int:
    from mineru_cli.bench.bench import run_bench
    from mineru_cli.bench.compare import compare, require_same
    from mineru_cli.bench.monolith import read_monolith
    from mineru_cli.bench.targets import target_rows
    from mineru_cli.ui.bench import progress_lines, show_bench

    # What cannot be read is told before minutes are spent on measuring.
    old = read_monolith(monolith) if monolith else None
    announce = progress_lines(sys.stderr, os.environ)

    def check(fingerprint: Any) -> None:
        if saved is not None:
            require_same(saved, fingerprint)

    async def run(stop: Stop) -> Any:
        from mineru_cli.bench.command import measure_command

        other = old
        if command:
            documents = max(2, (plan.pages or 36) // 3)
            other = await measure_command(command, corpus, documents=documents, scratch=plan.scratch)
        return await run_bench(settings, corpus, plan, announce, stop, check=check), other

    result, old = _interruptible(run)
    targets = target_rows(result, old)
    comparison = compare(saved, result) if saved else None
    _write(result, targets, comparison, files)
    show_bench(result, targets, comparison, sys.stdout, os.environ)
    return int(comparison is not None and comparison.regressed(max_regression))


def _require_writable(files: dict[str, Path | None]) -> None:
    """Tell what cannot be written before minutes are spent on measuring. Raises ``UsageError``."""
    for name, path in files.items():
        if path is None:
            continue
        folder = next(parent for parent in (*path.absolute().parents, Path("/")) if parent.exists())
        if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
            raise UsageError(f"--{name} {path} cannot be written", hint="give a file in a folder of yours")


def _write(result: Any, targets: Any, comparison: Any, files: dict[str, Path | None]) -> None:
    from mineru_cli.bench.reports.csv import csv_report
    from mineru_cli.bench.reports.json import json_report
    from mineru_cli.store.local import write_file

    plain = [row.plain() for row in targets]
    text = json_report(result, targets=plain, comparison=comparison.plain() if comparison else None)
    for name in ("json", "save"):
        if path := files[name]:
            write_file(path, text.encode("utf-8", "replace"))
    if path := files["csv"]:
        write_file(path, csv_report(result).encode())
    if path := files["html"]:
        from mineru_cli.ui.html.bench import bench_page

        write_file(path, bench_page(result, targets, comparison).encode("utf-8", "replace"))


def _interruptible(work: Any) -> Any:
    """Run ``work(stop)``; the first signal asks it to stop, which it does at once."""
    import anyio

    from mineru_cli.cli.session import signals
    from mineru_cli.engine.stop import Stop

    stop = Stop()
    with signals(stop):
        return anyio.run(work, stop)
