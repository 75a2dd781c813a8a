"""A command on a terminal of tmux, and what it shows as a picture."""

from __future__ import annotations

import io
import shlex
import subprocess
import time
from pathlib import Path

from photograph import photograph
from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import TerminalTheme

BACK, INK = (16, 20, 26), (214, 220, 228)
COLOURS = [
    (30, 36, 44), (255, 107, 107), (94, 211, 138), (240, 195, 90),
    (110, 168, 255), (200, 140, 240), (84, 205, 215), INK,
]  # fmt: skip
PAGE = """<!doctype html><meta charset="utf-8"><style>
html {{ background: {background} }} body {{ margin: 0; padding: 14px 16px; width: max-content }}
pre {{ margin: 0; color: {foreground}; font: 13px/1.28 "DejaVu Sans Mono", monospace }}
</style><pre>{code}</pre>"""
CELL = (7.83, 16.64)
"""Width and height of a character in pixels."""


class Terminal:
    """``with Terminal(80, 24, ["mineru-batch", ...], {}) as terminal``; the last are more variables."""

    def __init__(self, columns: int, lines: int, command: list[str], environment: dict[str, str]) -> None:
        given = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PS1": "$ ", **environment}
        words = shlex.join(
            ["env", "-u", "CI", "-u", "NO_COLOR", *(f"{k}={v}" for k, v in given.items()), *command]
        )
        self.columns = columns
        self._socket = f"mineru-pictures-{id(self)}"  # a server of its own: one that is ending takes no more
        self._tmux(
            "new-session", "-d", "-s", "it", "-x", str(columns), "-y", str(lines), f"{words}; exec sleep 600"
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")

    def resize(self, columns: int, lines: int) -> None:
        """Another size, and time for the program to follow."""
        self.columns = columns
        self._tmux("resize-window", "-t", "it", "-x", str(columns), "-y", str(lines))
        time.sleep(1.5)

    def press(self, key: str) -> None:
        """Type one key, named as tmux names it."""
        self._tmux("send-keys", "-t", "it", key)
        time.sleep(1.0)

    def text(self) -> str:
        """What is shown, without colours."""
        return self._tmux("capture-pane", "-p", "-t", "it")

    def until(self, words: str, seconds: float = 120.0) -> None:
        """Wait until ``words`` are shown."""
        end = time.monotonic() + seconds
        while words not in self.text():
            if time.monotonic() > end:
                raise SystemExit(f"never saw {words!r}:\n{self.text()}")
            time.sleep(0.2)

    def photograph(self, picture: Path) -> None:
        """Write what is shown, in colour, as PNG."""
        shown = self._tmux("capture-pane", "-e", "-p", "-t", "it").rstrip("\n")
        lines = shown.count("\n") + 1
        size = round(self.columns * CELL[0] + 34), round(lines * CELL[1] + 30)
        photograph(_html(shown, self.columns), picture, size, marks=True)

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-L", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _html(shown: str, columns: int) -> str:
    theme = TerminalTheme(BACK, INK, COLOURS)
    console = Console(
        record=True, width=columns, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in AnsiDecoder().decode(shown):
        console.print(line, soft_wrap=True)
    return console.export_html(theme=theme, inline_styles=True, code_format=PAGE)
