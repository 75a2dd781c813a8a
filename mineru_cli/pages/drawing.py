"""Draws pages for display, in a separate process.

The documents are untrusted: one that crashes, hangs or bloats its reader costs that page only. A reply is a
line of JSON and the picture's bytes, so it cannot carry code.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Literal

from mineru_cli.domain.document import Kind
from mineru_cli.isolation.command import python_command

MODULE = "mineru_cli.pages.drawing_process"
MOST_BYTES = 256 * 1024 * 1024
_CHUNK = 2**16


class NotDrawn(Exception):
    """The page could not be drawn; the message says why."""


@dataclass(frozen=True, slots=True)
class Style:
    """How pages are drawn. ``max_side`` in pixels; ``quality`` is JPEG's, 1 to 95."""

    dpi: int
    max_side: int
    image_format: Literal["png", "jpeg"] = "png"
    quality: int = 60


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page as an image file, with its size in pixels."""

    data: bytes
    width: int
    height: int


class Drawer:
    """Draws one page at a time. Thread safe. A context manager, because of the process behind it."""

    def __init__(self, style: Style, seconds: float = 60.0) -> None:
        self._style = style
        self._seconds = seconds
        self._lock = threading.Lock()
        self._folder = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Drawer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The process, None when none is running."""
        return self._process.pid if self._process else None

    def draw(self, path: str, kind: Kind, index: int, *, version: int = 0) -> Drawing:
        """Page ``index`` of the file at ``path``. ``version`` changes with the file's content.

        Raises ``NotDrawn``.
        """
        with self._lock:
            try:
                request = {"path": path, "kind": kind, "index": index, "version": version}
                return self._draw(json.dumps(request), str(Path(path).resolve().parent))
            except TimeoutError:
                self._end()
                raise NotDrawn(f"drawing the page took longer than {self._seconds:.0f} s") from None
            except (EOFError, OSError, ValueError, KeyError, TypeError):
                self._end()
                raise NotDrawn("the page crashed the program that draws it") from None

    def _draw(self, request: str, folder: str) -> Drawing:
        stdin, stdout = self._started(folder)
        return exchange(stdin, stdout, request, self._seconds)

    def _started(self, folder: str) -> tuple[IO[bytes], IO[bytes]]:
        """The process. It can read below ``folder`` only: another folder needs a new process."""
        if folder != self._folder:
            self._end()
            self._folder = folder
        if self._process is None:
            self._process = subprocess.Popen(
                python_command(MODULE, json.dumps(asdict(self._style)), folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:  # never: both are pipes
            raise EOFError
        return stdin, stdout

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):  # written and never read
                    stream.close()


def exchange(stdin: IO[bytes], stdout: IO[bytes], request: str, seconds: float) -> Drawing:
    """Ask a process that draws for one page.

    Raises ``NotDrawn`` with its reason, ``TimeoutError``, and ``EOFError``, ``OSError``, ``ValueError``,
    ``KeyError`` or ``TypeError`` where it answers nothing or nonsense.
    """
    stdin.write(request.encode("ascii") + b"\n")
    stdin.flush()
    replies = _Replies(stdout.fileno(), time.monotonic() + seconds)
    answer = json.loads(replies.line())
    if reason := answer["reason"]:
        raise NotDrawn(str(reason))
    size = int(answer["bytes"])
    if not 0 <= size <= MOST_BYTES:
        raise ValueError("a picture of an impossible size")
    return Drawing(replies.exactly(size), int(answer["width"]), int(answer["height"]))


def answer(descriptor: int, drawing: Drawing | None, reason: str = "") -> None:
    """Write what ``exchange`` reads: a picture, or the reason why there is none."""
    made = drawing or Drawing(b"", 0, 0)
    header = {"reason": reason, "bytes": len(made.data), "width": made.width, "height": made.height}
    rest = memoryview(json.dumps(header).encode("ascii") + b"\n" + made.data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


class _Replies:
    """Reads from a pipe until a deadline. Raises ``TimeoutError``, ``EOFError``."""

    def __init__(self, descriptor: int, deadline: float) -> None:
        self._descriptor, self._deadline = descriptor, deadline
        self._rest = bytearray()

    def line(self) -> bytes:
        while (end := self._rest.find(b"\n")) < 0:
            if len(self._rest) > _CHUNK:
                raise ValueError("a line that does not end")
            self._more()
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        return line

    def exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._more()
        return bytes(self._rest[:size])

    def _more(self) -> None:
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLIN)
        if not waiting.poll(max(0.0, self._deadline - time.monotonic()) * 1000):
            raise TimeoutError
        part = os.read(self._descriptor, 2**20)
        if not part:
            raise EOFError
        self._rest += part
