"""A run under a terminal: signals, keys, view, summary, exit code."""

from __future__ import annotations

import atexit
import math
import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from mineru_cli.api import run
from mineru_cli.cli.options import require_file
from mineru_cli.cli.process import INTERRUPTED, heeded_signals
from mineru_cli.domain.location import output_name
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.masking import MASK, masked, without_login
from mineru_cli.settings import Settings
from mineru_cli.ui.plain_text import Pipe, show_error
from mineru_cli.ui.terminal.view import Controls, TerminalIO, View, make_view

if TYPE_CHECKING:
    from mineru_cli.engine.pool import Engine
    from mineru_cli.engine.report import RunReport


PATIENCE = 2.0
"""Seconds for what the second signal asks: enough to end workers and engine and to write the summary."""


def run_and_exit(settings: Settings, command: str = "", *, engine: Engine | None = None) -> None:
    """Convert, show it, write the report, compare with the baseline, exit with the run's code."""
    progress, page, baseline = settings.progress, settings.report, settings.baseline
    for option, path in (
        ("--report", page),
        ("--log-file", settings.log_file),
        ("--metrics-textfile", settings.metrics_textfile),
    ):
        if path is not None:
            require_file(option, path)
    settings = _with_list(settings)
    stop = StopToken()
    with signals(stop):
        view, report = _convert(settings, stop, engine)
        fault = report.page_failure.error() if report.page_failure else None
        if progress not in ("json", "none"):
            _summarise(view, settings, command, page if fault is None else None)
        elif report.exit_code and progress == "none":
            _print_report(report)
        if fault is not None:
            show_error(fault, sys.stderr)
    code = report.exit_code or (fault.exit_code if fault else 0)
    if baseline is not None and report.summary.outcome == "finished":
        from mineru_cli.cli.compare import default_settings, show_comparison

        quiet = progress in ("json", "none")
        verdict = show_comparison(baseline, settings.output, default_settings(), quiet=quiet)
        code = code or verdict
    raise typer.Exit(code)


def _with_list(settings: Settings) -> Settings:
    """The settings with the names of ``--files-from``.

    Read before the view takes the keyboard and signals mean a graceful stop: a list on stdin may be typed, or
    come from a command that takes its time, and Ctrl-C must end the wait.
    """
    from mineru_cli.sources.inputs import STDIN, with_listed_files

    if settings.files_from == STDIN and sys.stdin.isatty():
        Pipe(sys.stderr).line("reading names of files from the terminal, one per line: Ctrl-D ends the list")
    return with_listed_files(settings)


def _convert(settings: Settings, stop: StopToken, engine: Engine | None) -> tuple[View, RunReport]:
    controls = Controls(pause=stop.pause, stop=lambda: stop.request("stopped by the q key"))
    place = TerminalIO(sys.stdin, sys.stdout, sys.stderr, os.environ, time.time, controls)
    with make_view(settings.progress, place) as view:
        return view, run(settings, [view], stop=stop, engine=engine)


def _summarise(view: View, settings: Settings, command: str, page: Path | None) -> None:
    from mineru_cli.ui.tables.summary import show_summary

    show_summary(
        view.progress.snapshot(time.time()),
        sys.stdout,
        os.environ,
        output=output_name(settings.output, settings.output_url),
        command=command or repeatable(sys.argv[1:]),
        page=str(page or ""),
        url=settings.output_url or "",
    )


def show_plan(settings: Settings) -> None:
    """List what ``convert`` would take up, one document per line, without opening any."""
    from mineru_cli.engine.feed import find_documents
    from mineru_cli.engine.run_config import check_unserved
    from mineru_cli.ui.tables.plan import show_documents

    check_unserved(settings)
    show_documents(find_documents(_with_list(settings)), sys.stdout)


def _print_report(report: RunReport) -> None:
    pipe = Pipe(sys.stderr)
    for line in filter(None, (report.message, report.hint)):
        pipe.line(line)


@contextmanager
def signals(stop: StopToken) -> Iterator[None]:
    """Turn the first signal into a graceful stop, the second into an immediate one; ignore more at its end.

    One that comes ``PATIENCE`` after the second ends the process whatever it hangs in: a file system that is
    gone, a name server that does not answer.
    """
    last_resort = math.inf

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal last_resort
        now = time.monotonic()
        if now > last_resort:
            atexit._run_exitfuncs()  # gives the terminal back
            os._exit(INTERRUPTED)
        stop.request(f"stopped by {signal.Signals(number).name}")
        if stop.requests == 2:
            last_resort = now + PATIENCE

    before = {number: signal.signal(number, handle) for number in heeded_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            # After a stop only its message is left to write, which one more Ctrl-C must not suppress.
            signal.signal(number, signal.SIG_IGN if stop.requests else handler)


_KEY_OPTION = '"$MINERU_BATCH_API_KEY"'
_HIDDEN = {"--api-key": _KEY_OPTION, "--password": shlex.quote(MASK)}


def repeatable(arguments: Sequence[str]) -> str:
    """The command quoted for a shell. A key becomes a reference to its variable, other secrets a mask."""
    return masked(" ".join(("mineru-batch", *_words(arguments))))


def _words(arguments: Sequence[str]) -> Iterator[str]:
    rest = iter(arguments)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in (*_HIDDEN, "--header"):
            value = value if equals else next(rest, "")
            yield option
            yield _HIDDEN.get(option) or shlex.quote(f"{value.partition(':')[0]}: {MASK}")
        else:
            yield shlex.quote(re.sub(r"https?://[^\s,]*", lambda url: without_login(url[0]), word))
