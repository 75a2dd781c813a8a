"""``mineru-batch baseline``: recording a baseline, and approving intended changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from mineru_cli.cli.help import Command, group
from mineru_cli.errors import UsageError

if TYPE_CHECKING:
    from mineru_cli.quality.baseline import Recorded
    from mineru_cli.quality.sources.source import Source

app = group("The output that later runs are compared with: record, approve.")

Folder = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="The baseline.", envvar="MINERU_BATCH_BASELINE")
]


@app.command(cls=Command)
def record(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Output folder of a run.")],
    more: Annotated[
        list[Path] | None,
        typer.Argument(metavar="REPEAT", help="Further runs with the same inputs and settings."),
    ] = None,
    output: Folder = Path("baseline"),
    repeats: Annotated[
        int | None,
        typer.Option(
            "--repeats",
            min=0,
            help="Runs to measure the noise of repeating with; those not given as REPEAT are done now, "
            "with the settings in RUN's run.json.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes that score. [default: one per core]")
    ] = None,
) -> None:
    """Record a run as the baseline: a manifest and compressed blocks, small enough for git.

    \b
    mineru-batch baseline record out -o baseline
    mineru-batch baseline record out out-again --repeats 2
    """
    from mineru_cli.quality import baseline
    from mineru_cli.quality.sources.opening import open_source

    runs = [open_source(path) for path in more or ()]
    source = open_source(run)
    with ExitStack() as stack:
        for number in range(len(runs), repeats or 0):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="mineru-batch-repeat-")))
            typer.echo(f"repeat {number + 1} of {repeats}", err=True)
            runs.append(_repeat(source, folder / str(number)))
        recorded = baseline.record(source, output, now=time.time(), repeats=runs, workers=workers)
    typer.echo(_message("recorded", recorded))
    if runs:
        noisy = f"{recorded.noisy} of {recorded.documents} documents differ between repeats"
        typer.echo(f"noise of {len(runs)} repeats: {noisy}")


@app.command(cls=Command)
def approve(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run whose documents are approved.")] = Path(
        "mineru-output"
    ),
    docs: Annotated[
        list[str] | None,
        typer.Option("--docs", metavar="GLOB", help="Documents to approve, by path. Repeat for several."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept in the history.")] = "",
    output: Folder = Path("baseline"),
    force: Annotated[bool, typer.Option("--force", help="Also where the variable CI is set.")] = False,
) -> None:
    """Take a run's version of some documents into the baseline.

    Their first version is kept: compare-baseline shows how far the approvals have led from it.

    \b
    mineru-batch baseline approve out --docs 'reports/*' --reason 'new table model, looked at 12 pages'
    """
    from mineru_cli.quality import baseline
    from mineru_cli.quality.sources.opening import open_source

    if not docs:
        raise UsageError("--docs says which documents to approve", hint="all of them: --docs '*'")
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false", "no")
    recorded = baseline.approve(
        output, open_source(run), docs, reason, now=time.time(), in_ci=in_ci, force=force
    )
    typer.echo(_message("approved", recorded))


def _message(what: str, recorded: Recorded) -> str:
    from mineru_cli.store.ledger.faults import shown

    where, size = shown(recorded.folder), recorded.size / 1000
    return f"{what} {recorded.documents} documents in {where}, {size:.0f} kB in all"


def _repeat(source: Source, folder: Path) -> Source:
    """Convert the same inputs again into ``folder``, with the settings in ``run.json``."""
    from mineru_cli.cli.session import signals
    from mineru_cli.engine.start import convert
    from mineru_cli.engine.stop_token import StopToken
    from mineru_cli.quality.sources.opening import open_source
    from mineru_cli.settings import Settings
    from mineru_cli.ui.terminal.view import TerminalIO, make_view

    recorded = {name: value for name, value in source.facts.settings.items() if value is not None}
    if not recorded.get("inputs"):
        raise UsageError(
            f"{source.location} does not say how it was made, so it cannot be repeated",
            hint="convert again by hand and give the folders: baseline record RUN REPEAT..",
        )
    _without_secrets(recorded)
    settings = Settings.model_validate({**recorded, "output": folder})
    stop, place = StopToken(), TerminalIO(sys.stdin, sys.stdout, sys.stderr, os.environ, time.time)
    with signals(stop), make_view("auto", place) as view:
        report = convert(settings, [view], stop=stop)
    if report.exit_code not in (0, 1):
        typer.echo(f"nothing recorded, the repeat did not come to its end: {report.message}", err=True)
        raise typer.Exit(report.exit_code)
    return open_source(folder)


def _without_secrets(recorded: dict[str, object]) -> None:
    """``run.json`` keeps no secrets: the key comes from the environment, others have no source."""
    hidden: Sequence[str] = [name for name in ("headers", "password", "logins") if recorded.get(name)]
    if hidden:
        raise UsageError(
            f"{' and '.join(hidden)} of the run are not kept in run.json, so it cannot be repeated here",
            hint="convert again by hand and give the folders: baseline record RUN REPEAT..",
        )
    recorded.pop("api_key", None)
    if key := os.environ.get("MINERU_BATCH_API_KEY"):
        recorded["api_key"] = key
