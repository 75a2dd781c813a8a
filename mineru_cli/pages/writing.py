"""Detects rows of writing on a page's picture without a model: a rough measure, for suspicious pages.

The picture is divided into cells about as high as a line. A cell has writing where dark and light alternate
often from left to right, as strokes of letters do. Cells count where several form a row with blank space
above and below: edges of photographs and textures have neighbours on all sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mineru_cli.domain.block import BBox

if TYPE_CHECKING:
    from PIL import Image

_SIDE = 1036
_CELL = 8
_STEP = 36
"""Of 255: neighbouring pixels that differ by more are the edge of a stroke."""
_FEWEST_EDGES, _MOST_EDGES = 40, 190
"""Of 255: the share of edges in a cell with writing."""
_IN_A_ROW = 5
_TALLEST = 4
"""Maximum height of a text line in cells: more are a picture."""
_ROW = re.compile(b"\x01{%d,}" % _IN_A_ROW)
_TALL = re.compile(b"\x01{%d,}" % (_TALLEST + 1))


def written_cells(image: Image.Image, blocks: Iterable[BBox]) -> tuple[int, int]:
    """Cells of writing outside of all ``blocks`` (shares of the page), and on the whole page.

    Lines may be horizontal or, on a rotated page, vertical.
    """
    from PIL import Image

    grey = image.convert("L")
    if grey.width > _SIDE or grey.height > _SIDE:
        grey.thumbnail((_SIDE, _SIDE))
    boxes = list(blocks)
    across = _marked(grey, 1, 0)
    down = _marked(grey, 0, 1).transpose(Image.Transpose.TRANSPOSE)
    turned = [(y0, x0, y1, x1) for x0, y0, x1, y1 in boxes]
    return max(_counts(across, boxes), _counts(down, turned), key=lambda counts: counts[1])


def _marked(grey: Image.Image, across: int, down: int) -> Image.Image:
    """One pixel per cell: 1 where dark and light alternate as often as in letters, in this direction."""
    from PIL import ImageChops

    steps = ImageChops.difference(grey, ImageChops.offset(grey, across, down))
    edges = steps.point([0] * _STEP + [255] * (256 - _STEP)).reduce(_CELL)
    return edges.point([int(_FEWEST_EDGES <= share <= _MOST_EDGES) for share in range(256)])


def _counts(cells: Image.Image, blocks: Iterable[BBox]) -> tuple[int, int]:
    """The number of marked cells in rows: outside of the blocks, and in all."""
    from PIL import ImageDraw

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
    from PIL import Image, ImageOps

    framed = ImageOps.expand(cells, 1)  # so that no run continues from one row or column into the next
    columns = framed.transpose(Image.Transpose.TRANSPOSE)
    low = _TALL.sub(lambda run: bytes(len(run[0])), columns.tobytes())
    rows = Image.frombytes("L", columns.size, low).transpose(Image.Transpose.TRANSPOSE)
    return sum(map(len, _ROW.findall(rows.tobytes())))
