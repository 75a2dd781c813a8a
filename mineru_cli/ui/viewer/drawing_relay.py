"""A process that starts drawing processes for the viewer, which may start none once its sandbox is closed.

It is started before. Of a document it reads the first bytes only, to see what it is; the drawing process,
confined to the document's folder, opens it. Requests and answers are those of ``pages/drawing.py``.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType

from mineru_cli.isolation.command import python_command
from mineru_cli.isolation.sandbox import harden
from mineru_cli.pages.drawing import Drawer, Drawing, NotDrawn, Style, answer, exchange
from mineru_cli.sources.sniff import sniff_file

MODULE = "mineru_cli.ui.viewer.drawing_relay"
ENDED = "the program that draws pages has ended: start runs view again"
_SLACK = 10.0
"""Seconds that the relay may take beyond the limit of the drawing process."""


class DrawingRelay:
    """Draws one page at a time. Thread safe. A context manager, because of the processes behind it."""

    def __init__(self, style: Style, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            python_command(MODULE, json.dumps(asdict(style)), str(seconds)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> DrawingRelay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The relay ends, and with it whatever draws, when its stdin does: a sandbox may forbid signals."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process.wait()

    @property
    def pid(self) -> int:
        """The relay's process, the parent of the one that draws."""
        return self._process.pid

    def draw(self, path: str, index: int, *, version: int) -> Drawing:
        """Page ``index`` of the file at ``path``. ``version`` changes with its content.

        Raises ``NotDrawn``.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:  # never: both are pipes
            raise NotDrawn(ENDED)
        request = json.dumps({"path": path, "index": index, "version": version})
        with self._lock:
            try:
                return exchange(stdin, stdout, request, self._seconds + _SLACK)
            except (TimeoutError, EOFError, OSError, ValueError, KeyError, TypeError):
                raise NotDrawn(ENDED) from None


def main() -> None:
    """Serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    harden()
    answers = os.dup(1)
    os.dup2(2, 1)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests,), name="stdin", daemon=True).start()
    with Drawer(Style(**json.loads(sys.argv[1])), float(sys.argv[2])) as drawer:
        while True:
            request = json.loads(requests.get())
            try:
                kind = sniff_file(request["path"]) or "pdf"
                drawing = drawer.draw(request["path"], kind, request["index"], version=request["version"])
            except (NotDrawn, OSError) as error:
                answer(answers, None, str(error) or type(error).__name__)
            else:
                answer(answers, drawing)


def _read(requests: queue.SimpleQueue[bytes]) -> None:
    """Pass requests on, and end with the viewer, also while a page is being drawn."""
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)
