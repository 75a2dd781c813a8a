"""``mineru-batch config``: which settings count and where they come from, and whether a file is valid."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.help import Command, Group
from mineru_cli.errors import SettingsError

app = typer.Typer(
    cls=Group,
    help="The configuration file: show what counts, validate, migrate an older one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


@app.command(cls=Command)
@o.taking()
def show(
    given: o.GivenOptions,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also settings that have their defaults.")] = False,
) -> None:
    """Show each setting that was given, with its value and where it comes from. Secrets are masked.

    It takes the options of convert, to show what they would do.

    \b
    mineru-batch config show
    mineru-batch config show --all --config production.yaml
    """
    from mineru_cli.ui.tables.config import setting_rows, show_settings

    rows = setting_rows(given.resolve(need_secrets=False), every=every or as_json)
    if as_json:
        typer.echo(json.dumps([row.plain() for row in rows], indent=2, ensure_ascii=False))
    else:
        show_settings(rows, sys.stdout, os.environ)


@app.command(cls=Command)
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Configuration files.")],
) -> None:
    """Check files and the MINERU_BATCH_* variables: every problem with line and column, exit code 2.

    \b
    mineru-batch config validate mineru-batch.yaml
    """
    from mineru_cli.settings.file.reading import examine_file
    from mineru_cli.settings.resolve import unknown_variables
    from mineru_cli.ui.untrusted import visible

    lines = unknown_variables(os.environ, o.OWN_VARIABLES)
    for path in files:
        config, problems = examine_file(path, os.environ)
        if config.needs_server and not os.environ.get("MINERU_BATCH_SERVER_URL"):
            problems.append(config.needs_server)
        lines += [problem.text(config.path) for problem in sorted(set(problems))]
        if not problems:
            typer.echo(f"{path}: valid, {len(config.keys)} keys")
    for line in lines:
        typer.echo(visible(line, 1000), err=True)
    if lines:
        raise typer.Exit(SettingsError.exit_code)
