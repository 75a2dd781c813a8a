"""Small pictures of pages for the report.

They are rendered in a process of their own: the PDFs are strangers' files, and one that crashes or hangs its
reader must cost its pictures only.
"""

from __future__ import annotations

import base64
import io
import multiprocessing
from collections.abc import Sequence
from concurrent import futures
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_DPI = 90
_MAX_SIDE = 1000
_QUALITY = 60
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as a data URI, with its size in pixels."""

    uri: str
    width: int
    height: int


class PageImages:
    """Renders pages. A context manager, because of the process behind it."""

    def __init__(self) -> None:
        self._pool: futures.ProcessPoolExecutor | None = None

    def __enter__(self) -> PageImages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def of(self, file: Path, pages: Sequence[int]) -> dict[int, Picture]:
        """Pictures by page index; pages that cannot be rendered are left out."""
        if self._pool is None:
            self._pool = futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            return self._pool.submit(_render, str(file), tuple(pages)).result(_SECONDS)
        except (BrokenProcessPool, futures.TimeoutError):  # before Python 3.11 no built-in TimeoutError
            self._give_up()
            return {}

    def _give_up(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool.shutdown(cancel_futures=True)


def _render(path: str, pages: tuple[int, ...]) -> dict[int, Picture]:
    from mineru_cli.errors import DocumentError
    from mineru_cli.pages.reader import open_document
    from mineru_cli.settings import Limits, Rendering

    pictures: dict[int, Picture] = {}
    rendering = Rendering(dpi=_DPI, max_side=_MAX_SIDE)
    kind = "pdf" if path.lower().endswith(".pdf") else "image"
    try:
        document = open_document(path, kind, rendering=rendering, limits=Limits())  # type: ignore[arg-type]
    except DocumentError:
        return pictures
    try:
        for index in pages:
            if index >= document.page_count:
                continue
            try:
                image = document.read(index).image.convert("RGB")
            except DocumentError:
                continue
            image.thumbnail((_MAX_SIDE, _MAX_SIDE))
            data = io.BytesIO()
            image.save(data, "JPEG", quality=_QUALITY, optimize=True)
            uri = "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()
            pictures[index] = Picture(uri, *image.size)
    finally:
        document.close()
    return pictures
