"""Single keys from the terminal, without Enter or echo; the terminal's mode is always restored."""

from __future__ import annotations

import atexit
import os
import re
import select
import termios
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TextIO

from mineru_cli.ui.terminal.view import in_foreground

SEQUENCE = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]?|O.|.)?", re.DOTALL)
"""Escape sequences of arrows, function keys and Alt: ignored."""


class Keyboard:
    """Calls ``pressed`` with each typed character, in a thread, while the context is open.

    Does nothing if ``stream`` is not our foreground terminal. Ctrl-C stays a signal. Ctrl-Z is disabled: a
    stopped process would leave its screen on the terminal and its workers running.
    """

    def __init__(self, stream: TextIO, pressed: Callable[[str], None]) -> None:
        self._stream = stream
        self._pressed = pressed
        self._saved: list[object] | None = None
        self._wake = -1
        self._thread: threading.Thread | None = None

    @property
    def active(self) -> bool:
        """Whether keys are read."""
        return self._saved is not None

    def __enter__(self) -> Keyboard:
        if not (self._stream.isatty() and in_foreground(self._stream)):
            return self
        terminal = self._stream.fileno()
        self._saved = list(termios.tcgetattr(terminal))
        atexit.register(self._restore)
        tty.setcbreak(terminal, termios.TCSANOW)
        changed = termios.tcgetattr(terminal)
        changed[6][termios.VSUSP] = b"\0"
        termios.tcsetattr(terminal, termios.TCSANOW, changed)
        wake, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._read, args=(terminal, wake), name="keys", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()
        if self._thread is not None:
            with suppress(BrokenPipeError):  # the terminal is gone: end the thread
                os.write(self._wake, b"x")
            self._thread.join(timeout=1.0)
            os.close(self._wake)
            self._thread = None

    def _restore(self) -> None:
        saved, self._saved = self._saved, None
        if saved is not None:
            atexit.unregister(self._restore)
            # Unread input would reach the shell as a command: discard it.
            with suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(self._stream.fileno(), termios.TCSAFLUSH, saved)  # type: ignore[arg-type]

    def _read(self, terminal: int, wake: int) -> None:
        try:
            while True:
                ready, _, _ = select.select([terminal, wake], [], [])
                if wake in ready:
                    return
                typed = os.read(terminal, 64)
                if not typed:
                    return
                for character in SEQUENCE.sub(b"", typed).decode("utf-8", "ignore"):
                    self._pressed(character)
        except OSError:  # the terminal is gone
            return
        finally:
            os.close(wake)
