"""Small page images for the report."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from mineru_cli.pages.drawing import Drawer, Drawing, NotDrawn, Style

SECONDS = 60.0
STYLE = Style(dpi=90, max_side=1000, image_format="jpeg", quality=60)


@dataclass(frozen=True, slots=True)
class EmbeddedPicture:
    """A page as a data URI, with its size in pixels."""

    uri: str
    width: int
    height: int


class PageImages:
    """Renders pages. A context manager, because it runs a child process."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._drawer = Drawer(STYLE, seconds)

    def __enter__(self) -> PageImages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drawer.__exit__(kind, error, trace)

    def of(self, file: Path, pages: Sequence[int]) -> dict[int, EmbeddedPicture]:
        """Images by page index; pages that cannot be rendered are left out."""
        pictures: dict[int, EmbeddedPicture] = {}
        for index in pages:
            try:
                drawing = self._drawer.draw(
                    str(file), "pdf" if file.suffix.lower() == ".pdf" else "image", index
                )
            except NotDrawn:
                if self._drawer.pid is None:  # it crashed or hung: the other pages would as well
                    break
                continue
            pictures[index] = _picture(drawing)
        return pictures


def _picture(drawing: Drawing) -> EmbeddedPicture:
    uri = "data:image/jpeg;base64," + base64.b64encode(drawing.data).decode()
    return EmbeddedPicture(uri, drawing.width, drawing.height)
