"""The process behind ``drawing.Drawer``: requests are lines of JSON on stdin, answers go to stdout.

An answer is a line of JSON (``reason``, ``bytes``, ``width``, ``height``) and as many bytes of an image file.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from PIL import Image

from mineru_cli.isolation.places import FONTS
from mineru_cli.isolation.sandbox import Allowed, confine
from mineru_cli.pages.drawing import Drawing, Style, answer
from mineru_cli.pages.page import OpenDocument
from mineru_cli.pages.pixels.encode import png
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering

MEMORY = 2 * 1024**3
"""Memory limit for one page, in bytes."""


def main() -> None:
    """Serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.dup(1)
    os.dup2(2, 1)  # output of native libraries must not mix with replies
    style = Style(**json.loads(sys.argv[1]))
    _load()
    confine(Allowed(read=(Path(sys.argv[2]), *FONTS)), memory=MEMORY)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests,), name="stdin", daemon=True).start()
    pages = _Pages(style)
    while True:
        answer(answers, *_drawn(pages, json.loads(requests.get())))


def _load() -> None:
    """Import everything that drawing needs: after ``confine`` no module can be imported."""
    sheet = Image.new("RGB", (8, 8))
    for image_format in ("PNG", "JPEG"):
        sheet.save(io.BytesIO(), image_format)
    Image.init()
    png(sheet)
    for module in ("mineru_cli.pages.pdf", "mineru_cli.pages.picture"):
        importlib.import_module(module)


def _read(requests: queue.SimpleQueue[bytes]) -> None:
    """Pass requests on, and end the process when its parent ends, also while native code hangs."""
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)


def _drawn(pages: _Pages, request: dict[str, Any]) -> tuple[Drawing | None, str]:
    """The page, or None and why."""
    try:
        image = pages.image(request["path"], request["kind"], request["version"], request["index"])
        return Drawing(pages.encoded(image), image.width, image.height), ""
    except Exception as error:  # noqa: BLE001  whatever it is, the reader of the page is shown it
        return None, str(error)[:2000] or type(error).__name__


class _Pages:
    """Keeps one document open for the next pages."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._opened: tuple[str, int] | None = None
        self._document: OpenDocument | None = None

    def image(self, path: str, kind: Any, version: int, index: int) -> Image.Image:
        if self._document is None or self._opened != (path, version):
            self._close()
            rendering = Rendering(dpi=self._style.dpi, max_side=self._style.max_side)
            self._document = open_document(path, kind, rendering=rendering, limits=Limits())
            self._opened = path, version
        if not 0 <= index < self._document.page_count:
            raise ValueError("the document has no such page")
        try:
            image = self._document.read(index).image
        finally:
            self._document.release_page()
        image.thumbnail((self._style.max_side, self._style.max_side))
        return image

    def encoded(self, image: Image.Image) -> bytes:
        if self._style.image_format == "png":
            return png(image)
        with io.BytesIO() as buffer:
            image.convert("RGB").save(buffer, "JPEG", quality=self._style.quality, optimize=True)
            return buffer.getvalue()

    def _close(self) -> None:
        if self._document is not None:
            self._document.close()
        self._opened = self._document = None
