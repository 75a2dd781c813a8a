"""Captures other output to the terminal while the live view owns it.

C libraries, worker processes and stray prints write to file descriptors 1 and 2 directly. Those that are
terminals are replaced with a pipe; its content is written after the end.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TextIO

from mineru_cli.isolation.pipe_lines import LineSplitter

KEPT = 100
LONGEST = 2000


class CapturedOutput:
    """Redirects ``streams`` between ``open`` and ``close``. ``terminal`` bypasses the redirection."""

    def __init__(self, terminal: TextIO, streams: Sequence[TextIO], clock: Callable[[], float]) -> None:
        self.terminal: TextIO = os.fdopen(
            os.dup(terminal.fileno()), "w", encoding="utf-8", errors="backslashreplace", newline=""
        )
        self._streams = [stream for stream in streams if _is_terminal(stream)]
        self._saved: list[tuple[int, int]] = []
        self._lines: deque[tuple[float, str]] = deque(maxlen=KEPT)
        self._clock = clock
        self._dropped = 0
        self._lock = threading.Lock()
        self._forward = False
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Redirect."""
        read_end, write_end = os.pipe()
        for stream in self._streams:
            stream.flush()
            target = stream.fileno()
            self._saved.append((target, os.dup(target)))
            os.dup2(write_end, target)
        os.close(write_end)
        self._thread = threading.Thread(
            target=self._collect, args=(read_end,), name="captured output", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Undo it and write what was captured. Later output to the pipe is passed on."""
        for stream in self._streams:
            stream.flush()
        for target, saved in self._saved:
            os.dup2(saved, target)
            os.close(saved)
        self._saved = []
        if self._thread is not None:
            self._thread.join(timeout=0.3)
        with self._lock:
            self._forward = True
            if self._dropped:
                self._write(f"({self._dropped} earlier lines were left out)")
            for _, line in self._lines:
                self._write(line)
            self._lines.clear()

    def latest(self, count: int) -> list[tuple[float, str]]:
        """The newest captured lines, each with its time."""
        with self._lock:
            return list(self._lines)[-count:]

    def _collect(self, read_end: int) -> None:
        splitter = LineSplitter(LONGEST)
        with os.fdopen(read_end, "rb", buffering=0) as pipe:
            while chunk := pipe.read(65536):
                for line in splitter.feed(chunk):
                    self._take(line)
        for line in splitter.finish():
            self._take(line)

    def _take(self, line: bytes) -> None:
        text = line[:LONGEST].decode("utf-8", "backslashreplace").rstrip("\r")
        with self._lock:
            if self._forward:
                self._write(text)
                return
            self._dropped += len(self._lines) == KEPT
            self._lines.append((self._clock(), text))

    def _write(self, line: str) -> None:
        try:
            self.terminal.write(line + "\n")
            self.terminal.flush()
        except (OSError, ValueError):
            return


def _is_terminal(stream: TextIO) -> bool:
    try:
        return os.isatty(stream.fileno())
    except (OSError, ValueError):
        return False
