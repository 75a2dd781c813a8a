"""Pages as pictures, rendered on demand from the source document.

pdfium lives in a process of its own, which does one page at a time: it is not thread safe, and a stranger's
file that crashes or hangs it must not take the viewer along.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections import OrderedDict
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

SECONDS = 60.0
DPI = 144
MAX_SIDE = 2200
CACHED = 24


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as PNG; where there is none ``reason`` says why."""

    data: bytes = b""
    reason: str = ""


class Pictures:
    """Thread safe. A context manager, because of the process behind it."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int, int], Picture] = OrderedDict()
        self._process: BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._end()

    def page(self, path: str, version: int, index: int) -> Picture:
        """Page ``index`` of the file at ``path``. ``version`` changes with the file's content."""
        key = (path, version, index)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            else:
                self._kept[key] = self._render(path, version, index)
            if len(self._kept) > CACHED:
                self._kept.popitem(last=False)
            return self._kept[key]

    def _render(self, path: str, version: int, index: int) -> Picture:
        try:
            pipe = self._started()
            pipe.send((path, version, index))
            if not pipe.poll(self._seconds):
                self._end()
                return Picture(reason=f"drawing the page took longer than {self._seconds:.0f} s")
            data, reason = pipe.recv()
        except (EOFError, OSError):
            self._end()
            return Picture(reason="the page crashed the program that draws it")
        return Picture(data, reason)

    def _started(self) -> Connection[Any, Any]:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, other = context.Pipe()
            self._process = context.Process(target=_draw_until_closed, args=(other,), daemon=True)
            self._process.start()
            other.close()
        return self._pipe

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
            self._process.close()
        self._pipe = self._process = None


def _draw_until_closed(pipe: Connection[Any, Any]) -> None:
    """The process: one document is kept open, for people leaf through it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    opened: tuple[str, int] | None = None
    document: Any = None
    while True:
        try:
            path, version, index = pipe.recv()
        except EOFError:
            return
        if opened != (path, version):
            if document is not None:
                document.close()
            opened, document = None, None
        try:
            if document is None:
                document, opened = _opened(path), (path, version)
            answer = _png(document, index), ""
        except Exception as error:  # noqa: BLE001  whatever it is, the viewer shows it
            answer = b"", str(error)
        pipe.send(answer)


def _opened(path: str) -> Any:
    from mineru_cli.pages.reader import open_document
    from mineru_cli.settings import Limits, Rendering
    from mineru_cli.sources.sniff import sniff_file

    rendering = Rendering(dpi=DPI, max_side=MAX_SIDE)
    return open_document(path, sniff_file(path) or "pdf", rendering=rendering, limits=Limits())


def _png(document: Any, index: int) -> bytes:
    from mineru_cli.pages.encode import png

    if not 0 <= index < document.page_count:
        raise ValueError("the document has no such page")
    image = document.read(index).image
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    return png(image)
