"""The command line: its commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from mineru_cli import __version__
from mineru_cli.cli.engine_ahead import open_ahead
from mineru_cli.cli.help import CONTEXT, CommandGroup, Lazy
from mineru_cli.cli.usage import PARSER_ERROR, usage_error
from mineru_cli.engine.process import too_many_open_files
from mineru_cli.errors import MinerUBatchError, OutputNotWritable

PROGRAM = "mineru-batch"
EXIT_CODES = """
Exit codes: 0 fine · 1 ended, but the result is not acceptable · 2 wrong usage or configuration ·
3 not comparable, or a resume would mix settings · 4 server unreachable or given up on, resumable ·
130 interrupted, resumable.
"""

COMMANDS: Mapping[str, Lazy] = {
    "convert": Lazy("mineru_cli.cli.convert", "Convert PDFs and images to Markdown and MinerU's JSON."),
    "bench": Lazy(
        "mineru_cli.cli.bench.app", "Throughput and latency of a server: run (the default), startup, tune."
    ),
    "compare-baseline": Lazy(
        "mineru_cli.cli.compare", "Compare the quality of two outputs and fail when RUN is worse than BASE."
    ),
    "baseline": Lazy(
        "mineru_cli.cli.baseline", "The output that later runs are compared with: record, approve."
    ),
    "runs": Lazy("mineru_cli.cli.runs", "What a run did: list, show, view, failures, retry."),
    "server": Lazy(
        "mineru_cli.cli.server",
        "Servers of our own: up, down, status, logs, wait (vLLM in a container), embedded.",
    ),
    "rollout": Lazy(
        "mineru_cli.cli.rollout", "A gradual rollout to a candidate: status, set (the percentage), revert."
    ),
    "recipes": Lazy("mineru_cli.cli.recipes", "Show how served models are asked: list, show."),
    "config": Lazy(
        "mineru_cli.cli.config", "The configuration file: show what counts, validate, migrate an older one."
    ),
    "plan": Lazy(
        "mineru_cli.cli.plan", "What a number of pages takes by a deadline: GPUs, workers, storage, cost."
    ),
    "completion": Lazy("mineru_cli.cli.completion", "Print the completion script of a shell."),
    "doctor": Lazy(
        "mineru_cli.cli.doctor",
        "Check Docker, GPU, driver, server, model and disk: each ok, a problem with its fix, or skipped.",
    ),
}

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""Errors of writes to a redirected stdout. Our own files that cannot be written raise errors of our tree."""


class _Program(CommandGroup):
    LAZY = COMMANDS

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] == "convert":
            open_ahead(ctx, args[1:])
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name=PROGRAM,
    cls=_Program,
    help="Convert directories of PDFs with MinerU over a vLLM server.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)


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
        code = app(prog_name=PROGRAM, standalone_mode=False)
        return code if isinstance(code, int) else 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except MinerUBatchError as error:
        return _show(error)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            return _show(too_many_open_files())
        if error.filename is not None or error.errno not in UNWRITABLE:
            raise
        return _show(OutputNotWritable(f"standard output cannot be written: {error.strerror}"))
    except PARSER_ERROR as error:
        return _show(usage_error(error))


def _show(error: MinerUBatchError) -> int:
    from mineru_cli.ui.plain_text import show_error

    show_error(error, sys.stderr)
    return error.exit_code
