"""``mineru-batch rollout``: status and control of a gradual rollout while a conversion runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.help import Command, group

app = group("A gradual rollout: status, set, revert.")

VERDICT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}


@app.command(cls=Command)
def status(
    output: o.RunFolder = Path("mineru-output"),
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="Exit with the verdict: 0 pass, 1 fail, 3 inconclusive."),
    ] = False,
) -> None:
    """Show the percentage, what was compared, and each guard's verdict.

    \b
    mineru-batch rollout status out
    mineru-batch rollout status out --json
    mineru-batch rollout status out --exit-code && mineru-batch rollout set out 50
    """
    from mineru_cli.rollout.control import open_rollout
    from mineru_cli.ui.tables.rollout import show_rollout

    found = open_rollout(output)
    if as_json:
        typer.echo(found.as_json())
    else:
        show_rollout(found, sys.stdout, os.environ)
    if exit_code:
        raise typer.Exit(VERDICT_CODES[found.verdict])


@app.command("set", cls=Command)
def set_(
    output: o.RunFolder,
    percent: Annotated[
        float, typer.Argument(metavar="PERCENT", help="Documents that go to the candidate, 0 to 100.")
    ],
) -> None:
    """Change the percentage, also of a running conversion. A higher one moves no document back.

    Of a rollout that was reverted it allows the next conversion to try again.

    \b
    mineru-batch rollout set out 50
    """
    from mineru_cli.rollout.control import set_percent

    found = set_percent(output, percent)
    if found.is_running:
        typer.echo(f"{percent:g} % of the documents go to the candidate from now on")
    else:
        typer.echo("no conversion works here now; the next one begins with its own --candidate-percent")


@app.command(cls=Command)
def revert(output: o.RunFolder = Path("mineru-output")) -> None:
    """Take the rollout back at once: its documents are converted again by the baseline.

    Where no conversion works on OUT now, the next one with this candidate does it.

    \b
    mineru-batch rollout revert out
    """
    from mineru_cli.rollout.control import revert as take_back

    found = take_back(output)
    if found.is_running:
        typer.echo("reverted: the running conversion redoes the candidate's documents on the baseline")
    else:
        typer.echo("reverted: repeat the convert command, and it redoes the candidate's documents")
