"""``--progress live``: the run on one screen of the terminal, repainted four times per second.

Events are folded where they are announced, under a lock held for microseconds. A thread takes snapshots,
renders and writes, so that a slow terminal never blocks the run.
"""

from __future__ import annotations

import atexit
import threading
from dataclasses import replace
from types import TracebackType

from mineru_cli.domain.events import Event, Notice
from mineru_cli.observe.progress import RunProgress
from mineru_cli.observe.snapshot import Snapshot
from mineru_cli.ui.terminal.captured_output import CapturedOutput
from mineru_cli.ui.terminal.frame import ScreenLook, frame
from mineru_cli.ui.terminal.keys import Keyboard
from mineru_cli.ui.terminal.screen import Screen
from mineru_cli.ui.terminal.view import TerminalIO

EVERY = 0.25
"""Seconds between two frames."""


class LiveView:
    """The interactive view. p pauses, q stops, v shows workers; Ctrl-L repaints the screen."""

    def __init__(self, place: TerminalIO) -> None:
        self.progress = RunProgress()
        self._clock = place.clock
        self._controls = place.controls
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._done = threading.Event()
        self._look = ScreenLook()
        self._captured = CapturedOutput(place.stderr, [place.stdout, place.stderr], place.clock)
        self._screen = Screen(self._captured.terminal, place.environ)
        self._keyboard = Keyboard(place.stdin, self._pressed)
        self._painter = threading.Thread(target=self._paint_until_done, name="live view", daemon=True)

    def __call__(self, event: Event, at: float) -> None:
        """Fold one event."""
        with self._lock:
            self.progress.apply(event, at)

    def __enter__(self) -> LiveView:
        atexit.register(self._restore)
        self._screen.open()
        self._captured.open()
        self._keyboard.__enter__()
        self._look = replace(self._look, keys=self._keyboard.active)
        self._painter.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._wake.set()
        self._painter.join(timeout=2.0)
        self._keyboard.__exit__(kind, error, trace)
        self._restore()
        atexit.unregister(self._restore)

    def _restore(self) -> None:
        self._screen.close()
        self._captured.close()

    def _paint_until_done(self) -> None:
        while not self._done.is_set():
            self._wake.clear()
            self._paint()
            self._wake.wait(EVERY)

    def _paint(self) -> None:
        at = self._clock()
        with self._lock:
            state = self.progress.snapshot(at)
        columns, lines = size = self._screen.size()
        self._screen.paint(frame(self._with_captured(state), columns, lines, self._look), size)

    def _with_captured(self, state: Snapshot) -> Snapshot:
        """Show captured output as notes, in addition to the run's own."""
        caught = tuple((at, Notice("info", line)) for at, line in self._captured.latest(3))
        return replace(state, notices=state.notices + caught) if caught else state

    def _pressed(self, key: str) -> None:
        """Handle a key, in the keyboard's thread."""
        if key == "p":
            with self._lock:
                paused = self.progress.paused = not self.progress.paused
            self._controls.pause(paused)
        elif key == "q" and not self._look.stopping:
            self._look = replace(self._look, stopping=True)
            self._controls.stop()
        elif key == "v":
            self._look = replace(self._look, details=not self._look.details)
        elif key == "\x0c":
            self._screen.forget()
        self._wake.set()
