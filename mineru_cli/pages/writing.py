"""Rows of writing on a page's picture, found without a model: a rough measure, for pages that raise doubt.

The picture is cut into cells about as high as a line. A cell is written on where dark and light take turns
often from left to right, as strokes of letters do. Cells count where several stand in a row with paper above
and below: edges of photographs and textures have neighbours on all sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mineru_cli.domain.block import BBox

if TYPE_CHECKING:
    from PIL import Image

_SIDE = 1036
_CELL = 8
_STEP = 36
"""Of 255: neighbouring pixels that differ by more are the edge of a stroke."""
_FEWEST_EDGES, _MOST_EDGES = 40, 190
"""Of 255: the share of edges in a cell that is written on."""
_IN_A_ROW = 5
_TALLEST = 4
"""Cells one above the other in a line of text: more are a picture."""


def written_cells(image: Image.Image, blocks: Iterable[BBox]) -> tuple[int, int]:
    """Cells of writing outside of all ``blocks`` (shares of the page), and on the whole page.

    Lines may run across the page or, on one that lies on its side, down.
    """
    from PIL import Image

    grey = image.convert("L")
    if grey.width > _SIDE or grey.height > _SIDE:
        grey.thumbnail((_SIDE, _SIDE))
    boxes = list(blocks)
    across = _written_across(grey, boxes)
    turned = grey.transpose(Image.Transpose.TRANSPOSE)
    down = _written_across(turned, [(y0, x0, y1, x1) for x0, y0, x1, y1 in boxes])
    return max(across, down, key=lambda counts: counts[1])


def _written_across(grey: Image.Image, blocks: Iterable[BBox]) -> tuple[int, int]:
    from PIL import ImageChops, ImageDraw

    edges = ImageChops.difference(grey, ImageChops.offset(grey, 1, 0)).point(
        [0] * _STEP + [255] * (256 - _STEP)
    )
    cells = edges.reduce(_CELL)
    everywhere = _cells_in_rows(cells)
    draw = ImageDraw.Draw(cells)
    for x0, y0, x1, y1 in blocks:
        draw.rectangle(
            (
                int(x0 * cells.width) - 1,
                int(y0 * cells.height) - 1,
                int(x1 * cells.width) + 1,
                int(y1 * cells.height) + 1,
            ),
            fill=0,
        )
    return _cells_in_rows(cells), everywhere


def _cells_in_rows(cells: Image.Image) -> int:
    width, height, data = cells.width, cells.height, cells.tobytes()
    on = [_FEWEST_EDGES <= value <= _MOST_EDGES for value in data]
    tall = _tall(on, width, height)
    count = 0
    for row in range(height):
        run = 0
        for at in range(row * width, (row + 1) * width):
            if on[at] and not tall[at]:
                run += 1
                continue
            count += run if run >= _IN_A_ROW else 0
            run = 0
        count += run if run >= _IN_A_ROW else 0
    return count


def _tall(on: Sequence[bool], width: int, height: int) -> list[bool]:
    """Cells that stand in a column of more than ``_TALLEST``."""
    tall = [False] * len(on)
    for column in range(width):
        start = column
        for at in range(column, width * height + width, width):
            if at < width * height and on[at]:
                continue
            if (at - start) // width > _TALLEST:
                for inner in range(start, at, width):
                    tall[inner] = True
            start = at + width
    return tall
