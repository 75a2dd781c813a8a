"""A run under a terminal: signals, keys, view, summary, exit code."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from mineru_cli.engine.report import RunReport
from mineru_cli.engine.run import convert
from mineru_cli.engine.stop import Stop
from mineru_cli.settings import Settings
from mineru_cli.ui.summary import show_summary
from mineru_cli.ui.view import Choice, Controls, Place, make_view

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_and_exit(settings: Settings, progress: Choice, command: str = "") -> None:
    """Convert, show it, and exit with the run's code."""
    stop = Stop()
    place = Place(
        sys.stdin,
        sys.stdout,
        sys.stderr,
        os.environ,
        time.time,
        Controls(pause=stop.pause, stop=lambda: stop.request("stopped by the q key")),
    )
    with _signals(stop), make_view(progress, place) as view:
        report = convert(settings, [view], stop=stop)
    if progress not in ("json", "none"):
        state = view.progress.snapshot(time.time())
        show_summary(
            state, sys.stdout, os.environ, output=str(settings.output), command=command or _command_line()
        )
    elif report.exit_code and progress == "none":
        _say(report)
    raise typer.Exit(report.exit_code)


def show_plan(settings: Settings) -> None:
    """List what ``convert`` would take up, one document a line, without opening any."""
    from mineru_cli.engine.run import find_documents
    from mineru_cli.ui.plan import show_documents

    show_documents(find_documents(settings), sys.stdout)


def _say(report: RunReport) -> None:
    for line in filter(None, (report.message, report.hint)):
        sys.stderr.write(f"{line}\n")


def _command_line() -> str:
    return shlex.join(["mineru-batch", *sys.argv[1:]])


@contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    """Turn the first signal into a graceful stop and the second into an immediate one."""

    def handle(number: int, frame: FrameType | None) -> None:
        stop.request(f"stopped by {signal.Signals(number).name}")

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
