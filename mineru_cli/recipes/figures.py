"""Crops saved beside the Markdown."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mineru_cli.domain.block import BBox
from mineru_cli.pages.pixels.encode import jpeg
from mineru_cli.recipes.region import region

if TYPE_CHECKING:
    from PIL import Image


class Figures:
    """Collects crops of one page as JPEG files, named by their hash. ``files`` maps name to bytes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def add(self, data: bytes) -> str:
        """Keep a JPEG; its file name."""
        name = hashlib.sha256(data).hexdigest() + ".jpg"
        self.files[name] = data
        return name

    def cut(self, page: Image.Image, bbox: BBox) -> str:
        """Crop, encode and keep a region; its file name, empty when the region has no pixel."""
        crop = region(page, bbox)
        if crop is None:
            return ""
        return self.add(jpeg(crop))

    def only(self, names: set[str]) -> dict[str, bytes]:
        """The files of these names."""
        return {name: data for name, data in self.files.items() if name in names}
