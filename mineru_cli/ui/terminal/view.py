"""The protocol of views of a run, and the choice of one.

Live view and log go to stderr, so that stdout keeps the summary, or only JSON with ``--progress json``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TextIO

from mineru_cli.domain.events import Event
from mineru_cli.observe.progress import RunProgress
from mineru_cli.ui.plain_text import colour_wanted

if TYPE_CHECKING:
    from mineru_cli.settings import ProgressMode


class View(Protocol):
    """An observer that is also a context manager: entered before the first event, left after the last.

    ``progress`` is the folded state; read it after the end for the summary. Leaving always restores the
    terminal.
    """

    progress: RunProgress

    def __call__(self, event: Event, at: float) -> None:
        """Handle one event. Fast, and never raises."""
        ...

    def __enter__(self) -> View: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class SilentView:
    """``--progress none``: folds events for the summary, shows nothing, and holds nothing open."""

    def __init__(self) -> None:
        self.progress = RunProgress()

    def __call__(self, event: Event, at: float) -> None:
        """Fold the event."""
        self.progress.apply(event, at)

    def __enter__(self) -> View:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Controls:
    """Callbacks of the keyboard. Called from its thread: schedule work on your event loop.

    ``pause`` gets True to pause and False to resume; ``stop`` requests a graceful stop.
    """

    pause: Callable[[bool], None] = _nothing
    stop: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class TerminalIO:
    """Environment of a view: the three streams, environment variables and the clock (Unix seconds)."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    clock: Callable[[], float]
    controls: Controls = field(default_factory=Controls)


def make_view(choice: ProgressMode, place: TerminalIO) -> View:
    """The view that ``--progress`` names; "auto" is live on a terminal that can show it, else log."""
    if choice == "auto":
        choice = "live" if can_show_live(place.stderr, place.environ) else "log"
    return VIEWS[choice](place)


def can_show_live(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether ``stream`` is our foreground terminal with cursor control and UTF-8, and not a CI log."""
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
    return (
        stream.isatty()
        and encoding == "utf8"
        and environ.get("TERM", "dumb") not in ("", "dumb", "unknown")
        and not environ.get("CI")
        and in_foreground(stream)
    )


def in_foreground(stream: TextIO) -> bool:
    """Whether this process is in the foreground of the terminal: a background process must not draw."""
    try:
        return os.tcgetpgrp(stream.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def _live(place: TerminalIO) -> View:
    from mineru_cli.ui.terminal.live import LiveView

    return LiveView(place)


def _log(place: TerminalIO) -> View:
    from mineru_cli.ui.terminal.log import LogView

    return LogView(place.stderr, colour=colour_wanted(place.stderr, place.environ))


def _json(place: TerminalIO) -> View:
    from mineru_cli.ui.jsonl import JsonView

    return JsonView(place.stdout)


VIEWS: dict[str, Callable[[TerminalIO], View]] = {
    "live": _live,
    "log": _log,
    "json": _json,
    "none": lambda place: SilentView(),
}
