"""The terminal's alternate screen, painted line by line, only where something changed.

Rich's Live rewrites every line at every refresh, without synchronised output, which flickers over ssh. Rich
still renders styles to escapes here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.text import Text

from mineru_cli.ui.console import console_on

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
"""Alternate screen, no cursor, no automatic wrap; and back."""

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronised output: the terminal shows a frame at once, if it supports it."""


ERASE = "\x1b[K"
"""From the cursor to the end of the line."""


class Screen:
    """Paints on ``stream``, a terminal. Once the terminal is gone, output is dropped."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        self._stream = stream
        self._console = console_on(stream, environ, width=10_000, needed=False)
        self._painted: list[str] = []
        self._size = (0, 0)
        self._open = False

    def open(self) -> None:
        """Switch to the alternate screen."""
        self._open = True
        self._write(ENTER)

    def close(self) -> None:
        """Restore the terminal. Idempotent."""
        if self._open:
            self._write(LEAVE)
            self._open = False

    def size(self) -> tuple[int, int]:
        """Current columns and lines."""
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except OSError:
            columns, lines = 80, 24
        return columns or 80, lines or 24

    def forget(self) -> None:
        """Repaint everything next time, because something else wrote to the screen."""
        self._painted = []
        self._size = (0, 0)

    def paint(self, lines: Sequence[Text], size: tuple[int, int]) -> None:
        """Show ``lines`` from the top; the rest of the screen is cleared."""
        fresh = self._escaped(lines)
        out = []
        if size != self._size:
            out.append("\x1b[2J")
            self._painted = []
            self._size = size
        for row, line in enumerate(fresh):
            if row >= len(self._painted) or self._painted[row] != line:
                # In the last column the cursor stays on the last character, and would erase it.
                rest = ERASE if lines[row].cell_len < size[0] else ""
                out.append(f"\x1b[{row + 1};1H{line}\x1b[0m{rest}")
        if len(fresh) < len(self._painted):
            out.append(f"\x1b[{len(fresh) + 1};1H\x1b[J")
        self._painted = fresh
        if out:
            self._write(BEGIN + "".join(out) + END)

    def _escaped(self, lines: Sequence[Text]) -> list[str]:
        with self._console.capture() as capture:
            self._console.print(Text("\n").join(lines), soft_wrap=True, end="")
        return capture.get().split("\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._open = False
