"""Reading a table's crop: words, grid, OTSL."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from mineru_cli.servers.embedded.crops import CropReader
from mineru_cli.servers.embedded.geometry import Box
from mineru_cli.servers.embedded.table.otsl import Cell, otsl


class TableReader:
    """Turns the crop of a table into OTSL."""

    def __init__(self, crops: CropReader) -> None:
        self._crops = crops

    def read(self, image: Image.Image, checkpoint: Callable[[], None]) -> str:
        """The table as OTSL, "" when no text is found in it."""
        words = [(r.line.box, r.reading.text) for r in self._crops.lines(image, checkpoint)]
        rows = _bands([(b.y0 + 0.25 * b.height, b.y1 - 0.25 * b.height) for b, _ in words])
        columns = _bands([(b.x0, b.x1) for b, _ in words])
        cells: dict[tuple[int, int], list[tuple[Box, str]]] = {}
        for box, text in words:
            key = (_index(rows, box.cy), _index(columns, box.cx))
            cells.setdefault(key, []).append((box, text))
        return otsl(
            [
                Cell(r, c, text=" ".join(t for _, t in sorted(found, key=lambda f: f[0].x0)))
                for (r, c), found in sorted(cells.items())
            ],
            len(rows),
            len(columns),
        )


def _bands(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Merged intervals, in order."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if merged and low < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _index(bands: list[tuple[float, float]], value: float) -> int:
    return min(range(len(bands)), key=lambda i: max(bands[i][0] - value, value - bands[i][1]))
