"""Reads picture files with Pillow: PNG, JPEG, TIFF of several pages, WebP, BMP."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from mineru_cli.errors import (
    DocumentCorrupt,
    PageTooLarge,
    PageUnreadable,
    UnsupportedDocument,
)
from mineru_cli.pages.page import POINTS_PER_INCH, PageImage
from mineru_cli.pages.pixels.colour import to_greyscale_if_colourless
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.settings import Limits, Rendering

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"RIFF", b"BM")
_PLAUSIBLE_DPI = (30.0, 4_800.0)
_BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, OverflowError,
    ZeroDivisionError, MemoryError, struct.error,
)  # fmt: skip
"""What Pillow's decoders raise on broken files: it wraps none of them."""


def open_picture(path: str, rendering: Rendering, limits: Limits) -> PictureReader:
    """Look at a picture file; nothing is decoded yet. Raises the ``DocumentError`` that fits."""
    try:
        with _opened(path) as image:
            return PictureReader(path, _pages_of(image), rendering, limits)
    except UnidentifiedImageError as error:
        with Path(path).open("rb") as file:
            known = file.read(4).startswith(_MAGIC)
        if known:
            raise DocumentCorrupt("the picture is broken", hint="copy or download it again") from error
        raise UnsupportedDocument(
            "it is not a PNG, JPEG, TIFF, WebP or BMP, whatever its name says"
        ) from error
    except _BROKEN as error:
        raise DocumentCorrupt(f"the picture is broken: {error}", hint="copy or download it again") from error


class PictureReader:
    """A picture file. See ``OpenDocument``. It is opened anew for each page: Pillow keeps what it decoded."""

    def __init__(self, path: str, page_count: int, rendering: Rendering, limits: Limits) -> None:
        self.page_count = page_count
        self._path = path
        self._rendering = rendering
        self._limits = limits

    def read(self, index: int) -> PageImage:
        """Decode a page upright, on white, at most ``max_side`` pixels long."""
        try:
            with _opened(self._path) as picture:
                if index:
                    picture.seek(index)
                self._check_size(picture)
                dots = _dots_per_inch(picture, self._rendering.dpi)
                size = picture.size
                shrunk = _shrunk(picture, self._rendering.max_side)
                upright = ImageOps.exif_transpose(shrunk)
                plain = _on_white(upright)
        except _BROKEN as error:
            raise PageUnreadable(f"page {index + 1} cannot be decoded: {error}") from error
        turned = (size[0] > size[1]) != (plain.width > plain.height)
        width, height = (side * POINTS_PER_INCH / dots for side in (reversed(size) if turned else size))
        image = plain if plain.mode == "L" else to_greyscale_if_colourless(plain) or plain
        return PageImage(index, image, width, height)

    def text_layer(self, index: int, shown: PageImage | None = None) -> TextLayer | None:
        """Pictures carry no text."""
        return None

    def may_lack_fonts(self, index: int) -> bool:
        """Pictures need no fonts."""
        return False

    def close(self) -> None:
        """Nothing is held between pages."""

    def _check_size(self, picture: Image.Image) -> None:
        width, height = picture.size
        if width * height > self._limits.max_pixels:
            raise PageTooLarge(
                f"it has {width} x {height} pixels, the limit is {self._limits.max_pixels} in all",
                hint="raise --max-pixels, or make the picture smaller",
            )


@contextmanager
def _opened(path: str) -> Iterator[Image.Image]:
    # Pillow's own guard warns or refuses by a number of its own; ours is asked before anything is decoded.
    guard, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata that is broken and not used
            with Image.open(path, formats=_FORMATS) as image:
                yield image
    finally:
        Image.MAX_IMAGE_PIXELS = guard


def _pages_of(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1


def _dots_per_inch(picture: Image.Image, default: int) -> float:
    """The file's resolution where it is believable, else the one pages are rendered at."""
    try:
        dots = float(picture.info.get("dpi", (default,))[0])
    except _BROKEN:
        return default
    lowest, highest = _PLAUSIBLE_DPI
    return dots if lowest <= dots <= highest else default


def _shrunk(picture: Image.Image, max_side: int) -> Image.Image:
    longest = max(picture.size)
    if longest <= max_side:
        return picture
    if picture.mode not in ("L", "RGB", "RGBA", "LA", "CMYK"):
        picture = _on_white(picture)
    size = tuple(max(1, round(side * max_side / longest)) for side in picture.size)
    picture.draft(
        picture.mode, (size[0] * 2, size[1] * 2)
    )  # JPEG: decoded at a fraction where that is enough
    return picture.resize((size[0], size[1]), Image.Resampling.BICUBIC, reducing_gap=3.0)


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture as "L" or "RGB". What is transparent shows white paper."""
    if picture.mode in ("L", "RGB"):
        return picture if "transparency" not in picture.info else _on_white(picture.convert("RGBA"))
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return _eight_bits(picture)
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture.convert("RGBA"))
        return paper.convert("RGB")
    return picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Sixteen bits are scaled to eight; other depths by what is there, for nothing says what white is."""
    wide = picture.convert("F")
    if picture.mode.startswith("I;16"):
        return wide.point(lambda value: value / 257 + 0.5).convert("L")
    low, high = wide.getextrema()
    if not isinstance(low, float) or not isinstance(high, float):
        raise ValueError("a picture of one band was expected")
    if (low >= 0 and high <= 255) or high <= low:
        return wide.convert("L")
    scale = 255 / (high - low)
    return wide.point(lambda value: value * scale - low * scale).convert("L")
