"""A page's image: compressed while it waits, resized, grey where it has no colour."""

from __future__ import annotations

from PIL import Image, ImageChops

from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels import native as pixels

_BYTES_PER_PIXEL = {"L": 1}
"""Bytes per pixel by mode; Pillow uses four for all others, "RGB" included."""


class PackedImage:
    """Restores exactly the page it was made from. ``bytes`` is the memory that it takes until then.

    Where ``pixels`` has no loops, or the result would exceed half of the size, it is kept uncompressed.
    """

    __slots__ = ("__weakref__", "_held", "_index", "_mode", "_points", "_size", "bytes")

    def __init__(self, page: PageImage) -> None:
        image = page.image
        self._mode, self._size = image.mode, image.size
        self._index, self._points = page.index, (page.width, page.height)
        packed = pixels.pack(page.pixels) if page.pixels is not None else None
        self._held: PageImage | bytes = packed or page
        self.bytes = (
            len(packed) if packed else image.width * image.height * _BYTES_PER_PIXEL.get(image.mode, 4)
        )

    def page(self) -> PageImage:
        """The page; its image is decompressed at each call."""
        if isinstance(self._held, PageImage):
            return self._held
        size = self._size[0] * self._size[1] * _BYTES_PER_PIXEL.get(self._mode, 4)
        data = pixels.unpack(self._held, size)
        image = Image.frombuffer(self._mode, self._size, data, "raw", self._mode, 0, 1)
        return PageImage(self._index, image, *self._points, data)

    def image(self) -> Image.Image:
        """The page's image."""
        return self.page().image


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


_SAMPLE_STEP = 8


def to_greyscale_if_colourless(image: Image.Image) -> Image.Image | None:
    """The image as mode "L" if every pixel has equal red, green and blue, otherwise None.

    ``image`` is "RGB" or "RGBX". Exact: an encoded "L" decodes to the same pixels as the original.
    A sparse sample is checked first: it detects most pages with colour at a hundredth of the cost.
    """
    sample_size = (max(1, image.width // _SAMPLE_STEP), max(1, image.height // _SAMPLE_STEP))
    sample = image.resize(sample_size, Image.Resampling.NEAREST)
    if _first_band_if_equal(sample) is None:
        return None
    if not pixels.built():
        return _first_band_if_equal(image)
    grey = pixels.grey(image.tobytes("raw", "RGBX"), image.size)
    return Image.frombuffer("L", image.size, grey, "raw", "L", 0, 1) if grey is not None else None


def _first_band_if_equal(image: Image.Image) -> Image.Image | None:
    first = image.getchannel(0)
    for band in (1, 2):
        if ImageChops.difference(first, image.getchannel(band)).getbbox() is not None:
            return None
    return first
