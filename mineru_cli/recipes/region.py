"""A region of a page's image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


def region(page: Image.Image, bbox: Sequence[float]) -> Image.Image | None:
    """The pixels inside ``bbox`` (shares of the page) in the page's own mode, None when there are none."""
    x0, y0, x1, y1 = bbox
    box = (round(x0 * page.width), round(y0 * page.height), round(x1 * page.width), round(y1 * page.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    return page.crop(box)
