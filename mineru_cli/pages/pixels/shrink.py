"""Shrinks a page to the very pixels of ``Image.resize(size, BICUBIC)``."""

from __future__ import annotations

from PIL import Image

from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels import native as pixels


def shrunk(page: PageImage, size: tuple[int, int]) -> Image.Image:
    """``page.image.resize(size, Image.Resampling.BICUBIC)``, as mode "L", "RGB" or "RGBX"."""
    image = page.image
    if pixels.built():
        mode = "L" if image.mode == "L" else "RGBX"
        source = image.tobytes("raw", mode) if page.pixels is None else page.pixels
        done = pixels.shrink(source, mode, image.size, size)
        if done is not None:
            return done
    return image.resize(size, Image.Resampling.BICUBIC)
