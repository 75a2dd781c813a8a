"""Regions of a page for models that leave the layout to the client: the layout network of ``embedded``.

Ink outside of all regions of the network becomes further regions of text: otherwise it would be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage  # type: ignore[import-untyped]

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.order import reading_order
from mineru_cli.embedded.layout.regions import RegionDetector
from mineru_cli.embedded.ocr import runtime
from mineru_cli.embedded.ocr.runtime import OnnxSession
from mineru_cli.recipes.regions import LayoutRegion

if TYPE_CHECKING:
    from PIL import Image

_TYPES = {
    "text": "text", "title": "title", "figure": "image", "figure_caption": "image_caption",
    "table": "table", "table_caption": "table_caption", "header": "header", "footer": "footer",
    "reference": "ref_text", "equation": "equation",
}  # fmt: skip
_CELL = 8
"""Pixels of the page per cell of the mask for missed ink."""
_INK = 160
"""Grey values below count as ink."""
_REACH = (2, 6)
"""Cells (down, across) up to which ink is one block: a line's height, and a space between words."""
_SMALLEST = 3
"""Width in cells below which a missed block is dirt or a rule."""


class NetworkLayout:
    """See ``PageLayout``. Raises ``EngineUnavailable`` without the extra."""

    def __init__(self) -> None:
        self._detector = RegionDetector(OnnxSession(runtime.regions(), threads=1, slots=1))

    def regions(self, image: Image.Image) -> list[LayoutRegion]:
        """See ``PageLayout``."""
        found = [(_TYPES[one.label], one.box) for one in self._detector.detect(image)]
        found += [("text", box) for box in _missed(image, [box for _, box in found])]
        order = reading_order([box for _, box in found], width=image.width)
        width, height = image.size
        return [
            LayoutRegion(kind, (box.x0 / width, box.y0 / height, box.x1 / width, box.y1 / height))
            for kind, box in (found[number] for number in order)
        ]


def _missed(image: Image.Image, boxes: list[Box]) -> list[Box]:
    """Blocks of ink that lie outside of all boxes, in pixels."""
    small = image.convert("L").reduce(_CELL)
    ink = np.asarray(small) < _INK
    for box in boxes:
        rows = slice(max(0, int(box.y0 // _CELL) - 1), int(box.y1 // _CELL) + 2)
        ink[rows, max(0, int(box.x0 // _CELL) - 1) : int(box.x1 // _CELL) + 2] = False
    joined = ndimage.binary_dilation(ink, np.ones((2 * _REACH[0] + 1, 2 * _REACH[1] + 1)))
    labels, _ = ndimage.label(joined)
    missed = []
    for rows, columns in ndimage.find_objects(np.where(ink, labels, 0)):
        if columns.stop - columns.start >= _SMALLEST and rows.stop > rows.start:
            box = Box(columns.start * _CELL, rows.start * _CELL, columns.stop * _CELL, rows.stop * _CELL)
            missed.append(box.grown(_CELL, _CELL).clipped(*image.size))
    return missed
