"""Progress of a bench: one line per measurement."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TextIO

from rich.text import Text

from mineru_cli.bench.progress import LevelStarted, Measured, Note, Planned, Progress
from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import counted, duration
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.tables.bench.format import load_text, seconds, speed

AROUND = 4.0
"""Seconds of a measurement outside its window: start, warm-up, draining at the end."""


class ProgressLines:
    """Callback for progress events. A context manager: an unfinished line is ended on exit.

    On a terminal a line appears when its measurement begins, elsewhere when it is complete.
    """

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        self._console = console_on(stream, environ, needed=False)
        self._head = ""
        self._open = False

    def __enter__(self) -> ProgressLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __call__(self, progress: Progress) -> None:
        """Write it."""
        if isinstance(progress, Note):
            self._line(Text(visible(progress.text, 500), "dim"))
        elif isinstance(progress, Planned):
            self._line(Text(_plan(progress), "dim"))
        elif isinstance(progress, Measured):
            self._write(f"{'' if self._open else self._head}{_outcome(progress)}")
            self._open = False
        elif progress.concurrency:
            self._head = _head(progress)
            self._begin()
        else:
            self._line(Text("warming up", "dim"))

    def _begin(self) -> None:
        """Begin a line, on a terminal."""
        if self._console.is_terminal:
            self._close()
            self._console.print(self._head, end="", soft_wrap=True)
            self._open = True

    def _line(self, text: Text) -> None:
        self._close()
        self._write(text)

    def _close(self) -> None:
        if self._open:
            self._console.print()
            self._open = False

    def _write(self, text: str | Text) -> None:
        self._console.print(text, soft_wrap=True)


def _plan(planned: Planned) -> str:
    times = f", {planned.repeats} times each" if planned.repeats > 1 else ""
    if planned.levels is None:
        return f"levels are found on the way{times}; Ctrl-C keeps what is measured by then"
    text = f"{counted(len(planned.levels), 'level')}{times}"
    if planned.seconds is not None:
        least = len(planned.levels) * planned.repeats * (planned.seconds + AROUND)
        text += f", about {duration(least)}"
    return f"{text}; Ctrl-C keeps what is measured by then"


def _head(began: LevelStarted) -> str:
    turn = f"{began.repeat}/{began.repeats}  " if began.repeats > 1 else ""
    return f"{turn}{load_text(began.concurrency, began.rate):>15}  "


def _outcome(measured: Measured) -> str:
    figures = measured.figures
    spread = figures.page_seconds
    latency = f", page p50 {seconds(spread.p50)}, p95 {seconds(spread.p95)}" if spread else ""
    lost = f", {counted(sum(figures.errors.values()), 'page')} lost" if figures.errors else ""
    short = "" if figures.steady else " (no steady window: too few pages)"
    return f"{speed(figures.pages_per_second):>6} pages/s{latency}{lost}{short}"
