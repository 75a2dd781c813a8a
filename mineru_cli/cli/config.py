"""``mineru-batch config``: effective settings with their origins, validation and migration of files."""

from __future__ import annotations

import difflib
import itertools
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.help import Command, group
from mineru_cli.errors import SettingsError

app = group("The configuration file: show what counts, validate, migrate an older one.")


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
    from mineru_cli.ui.plain_text import show_json
    from mineru_cli.ui.tables.config import setting_rows, show_settings

    rows = setting_rows(given.resolve(need_secrets=False), every=every or as_json)
    if as_json:
        show_json([row.plain() for row in rows], sys.stdout)
    else:
        show_settings(rows, sys.stdout)


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
    from mineru_cli.ui.format import counted
    from mineru_cli.ui.plain_text import visible

    lines = unknown_variables(os.environ, o.OWN_VARIABLES)
    for path in files:
        config, problems = examine_file(path, os.environ)
        if config.needs_server and not os.environ.get("MINERU_BATCH_SERVER_URL"):
            problems.append(config.needs_server)
        lines += [problem.text(config.path) for problem in sorted(set(problems))]
        if not problems:
            typer.echo(f"{path}: valid, {counted(len(config.keys), 'key')}")
    for line in lines:
        typer.echo(visible(line, 1000), err=True)
    if lines:
        raise typer.Exit(SettingsError.exit_code)


@app.command(cls=Command)
def migrate(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="An old file, or a mineru command line as one argument.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="NEW", help="The new file. What it replaces is kept."),
    ] = None,
    server_url: Annotated[
        str, typer.Option("--server-url", metavar="URL", help="Address of the server, for the new file.")
    ] = "",
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and write nothing.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 when OLD is not current, and write nothing.")
    ] = False,
) -> None:
    """Turn the monolithic service's configuration into mineru-batch.yaml.

    What has no counterpart is listed with the reason, and stays in the file as a comment. MinerU's
    mineru.json is understood too, and a mineru command line gives the equivalent command.

    \b
    mineru-batch config migrate old.yaml -o mineru-batch.yaml --server-url http://gpu1:8000
    mineru-batch config migrate old.yaml --diff
    mineru-batch config migrate 'mineru -p pdfs -o out -b vlm-http-client -u http://gpu1:8000'
    """
    if check and diff:
        raise SettingsError("--check and --diff exclude each other")
    words = shlex.split(old) if old.startswith(("mineru ", "mineru\t")) else []
    if words:
        from mineru_cli.settings.file.migration.command_line import equivalent

        command, notes = equivalent(words)
        typer.echo(command)
        for note in notes:
            typer.echo(note, err=True)
        return
    _migrate_file(Path(old), output, server_url, diff=diff, check=check)


def _migrate_file(old: Path, output: Path | None, server_url: str, *, diff: bool, check: bool) -> None:
    from mineru_cli.settings.file.migration.migrate import migrate
    from mineru_cli.settings.file.reading import file_error, problems_in, read_text
    from mineru_cli.ui.plain_text import visible

    text = read_text(old)
    found = migrate(text, os.fspath(old), server_url=server_url)
    if check:
        typer.echo(f"{old}: {'a migration is needed' if found.needed else 'current'}")
        raise typer.Exit(int(found.needed))
    if not found.needed:
        typer.echo(f"{old} is current: nothing to migrate", err=True)
    for change in found.changes:
        typer.echo(visible(change.text, 500), err=True)
    if problems := problems_in(found.text, os.environ):
        raise file_error(f"the new file (from {old})", problems)
    if diff:
        new = os.fspath(output or "mineru-batch.yaml")
        lines = difflib.unified_diff(
            text.splitlines(), found.text.splitlines(), os.fspath(old), new, lineterm=""
        )
        typer.echo("\n".join(lines), nl=found.needed)
    elif output is None:
        typer.echo(found.text, nl=False)
    elif found.needed or not _same(output, old):
        _write(output, found.text)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and one.samefile(other)


def _write(path: Path, text: str) -> None:
    """Write ``text`` and keep a backup of the old file. Does nothing if the text is the same."""
    from mineru_cli.store.local.files import write_file

    if path.exists():
        before = path.read_bytes()
        if before == text.encode():
            return
        number = next(one for one in itertools.count() if not _backup(path, one).exists())
        write_file(_backup(path, number), before)
        typer.echo(f"what was there is kept as {_backup(path, number)}", err=True)
    write_file(path, text.encode())
    typer.echo(f"written to {path}", err=True)


def _backup(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.bak{f'.{number}' if number else ''}")
