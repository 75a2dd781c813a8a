"""A page's image while it waits for its crops. Most of a page is paper, so it waits packed."""

from __future__ import annotations

from PIL import Image

from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels import native as pixels

_BYTES_A_PIXEL = {"L": 1}
"""By mode; Pillow keeps all others, "RGB" as well, in four."""


class PackedImage:
    """Gives back the very page it was made from. ``bytes`` is the memory that it takes until then.

    Where ``pixels`` has no loops, or the image would not even take half of the room, it is held as it is.
    """

    __slots__ = ("__weakref__", "_held", "_index", "_mode", "_points", "_size", "bytes")

    def __init__(self, page: PageImage) -> None:
        image = page.image
        self._mode, self._size = image.mode, image.size
        self._index, self._points = page.index, (page.width, page.height)
        packed = pixels.pack(page.pixels) if page.pixels is not None else None
        self._held: PageImage | bytes = packed or page
        self.bytes = len(packed) if packed else image.width * image.height * _BYTES_A_PIXEL.get(image.mode, 4)

    def page(self) -> PageImage:
        """The page; its image is unpacked anew at each call."""
        if isinstance(self._held, PageImage):
            return self._held
        size = self._size[0] * self._size[1] * _BYTES_A_PIXEL.get(self._mode, 4)
        data = pixels.unpack(self._held, size)
        image = Image.frombuffer(self._mode, self._size, data, "raw", self._mode, 0, 1)
        return PageImage(self._index, image, *self._points, data)

    def image(self) -> Image.Image:
        """The page's image."""
        return self.page().image
