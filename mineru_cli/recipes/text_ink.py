"""Detects writing in the picture of a block, to judge an empty reply of the model."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from mineru_cli.pages.leftover import pixel_rows

if TYPE_CHECKING:
    from PIL import Image

_CONTRAST = 60
"""Contrast of 255: paper, tints and the noise of scans differ by less, writing by more."""
_LEAST_TURNS = 4.0
_LEAST_ROWS = 4
_LEAST_CHANGES = 0.4
"""Share of such rows that must differ from the row above."""


def shows_writing(picture: bytes) -> bool:
    """Whether an encoded picture shows writing: rows in which dark and light alternate often.

    A rule, a frame or a bar has rows with a few alternations; paper has none. A bar code or a grid of squares
    has many, but the same ones in every row, while letters differ from row to row. CPU work.
    """
    from PIL import Image, ImageChops

    with Image.open(BytesIO(picture)) as opened:
        grey = opened.convert("L")
    low, high = grey.getextrema()
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)) or high - low < _CONTRAST:
        return False
    middle = (low + high) / 2
    ink = grey.point([255 if value < middle else 0 for value in range(256)])
    turns = ImageChops.difference(ink, ImageChops.offset(ink, 1, 0))
    rich = [share * turns.width / 255 >= _LEAST_TURNS for share in _by_row(turns)]
    if sum(rich) < _LEAST_ROWS:
        return False
    differs = [below != above for above, below in pairwise(pixel_rows(ink))]
    changes = [
        differ for (above, below), differ in zip(pairwise(rich), differs, strict=True) if above and below
    ]
    return sum(changes) >= _LEAST_CHANGES * max(len(changes), 1)


def _by_row(image: Image.Image) -> bytes:
    """The mean of each row."""
    from PIL import Image

    return image.resize((1, image.height), Image.Resampling.BOX).tobytes()
