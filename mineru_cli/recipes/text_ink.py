"""Whether the picture of a block shows writing, so that a model that says nothing about it missed it."""

from __future__ import annotations

from io import BytesIO

_CONTRAST = 60
"""Of 255: paper, tints and the noise of scans differ by less, what is meant to be read by more."""
_LEAST_TURNS = 4.0
_LEAST_ROWS = 4


def shows_writing(picture: bytes) -> bool:
    """Whether there is writing in an encoded picture: rows in which dark and light take turns often.

    A rule, a frame or a bar has rows with a few turns at most; paper has none. CPU work.
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
    by_row = turns.resize((1, turns.height), Image.Resampling.BOX).tobytes()
    return sum(share * turns.width / 255 >= _LEAST_TURNS for share in by_row) >= _LEAST_ROWS
