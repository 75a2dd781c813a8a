"""Page images, rendered on demand from the source document and cached."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from mineru_cli.pages.drawing import NotDrawn, Style
from mineru_cli.ui.viewer.drawing_relay import DrawingRelay

SECONDS = 60.0
STYLE = Style(dpi=144, max_side=2200)
CACHED = 24


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as PNG, or the ``reason`` why there is none."""

    data: bytes = b""
    reason: str = ""


class Pictures:
    """Thread safe. A context manager, because of the processes behind it."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._relay = DrawingRelay(STYLE, seconds)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int, int], PagePicture] = OrderedDict()

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *error: object) -> None:
        self._relay.__exit__(None, None, None)

    def page(self, path: str, version: int, index: int) -> PagePicture:
        """Page ``index`` of the file at ``path``. ``version`` changes with the file's content."""
        key = (path, version, index)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            else:
                self._kept[key] = self._drawn(path, version, index)
            if len(self._kept) > CACHED:
                self._kept.popitem(last=False)
            return self._kept[key]

    def _drawn(self, path: str, version: int, index: int) -> PagePicture:
        try:
            return PagePicture(self._relay.draw(path, index, version=version).data)
        except NotDrawn as error:
            return PagePicture(reason=str(error))
