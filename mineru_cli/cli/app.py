"""The command line: its commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import errno
import gc
import os
import sys
from typing import Annotated

import typer

from mineru_cli import __version__
from mineru_cli.cli import baseline, compare, convert, doctor, recipes, runs, server
from mineru_cli.cli.bench.app import app as bench
from mineru_cli.errors import MinerUBatchError, OutputNotWritable

EXIT_CODES = """
Exit codes: 0 fine · 1 ended, but the result is not acceptable · 2 wrong usage or configuration ·
3 not comparable, or a resume would mix settings · 4 server unreachable or given up on, resumable ·
130 interrupted, resumable.
"""

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""What writing to a redirect fails with. Files of ours that cannot be written are errors of our tree."""

app = typer.Typer(
    name="mineru-batch",
    help="Convert directories of PDFs with MinerU over a vLLM server.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="convert", no_args_is_help=True)(convert.convert)
app.command(name="compare-baseline")(compare.compare_baseline)
app.add_typer(bench, name="bench")
app.add_typer(baseline.app, name="baseline")
app.add_typer(runs.app, name="runs")
app.add_typer(server.app, name="server")
app.add_typer(recipes.app, name="recipes")
app.command(name="doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mineru-batch {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options of the program itself."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def run() -> int:
    """Run the command. Returns its exit code."""
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except MinerUBatchError as error:
        _show(error)
        return error.exit_code
    except OSError as error:
        if error.filename is not None or error.errno not in UNWRITABLE:
            raise
        _show(OutputNotWritable(f"standard output cannot be written: {error.strerror}"))
        return OutputNotWritable.exit_code
    return 0


def _show(error: MinerUBatchError) -> None:
    from mineru_cli.ui.errors import show_error
    from mineru_cli.ui.terminal.view import colour_wanted

    show_error(error, sys.stderr, colour=colour_wanted(sys.stderr, os.environ))
