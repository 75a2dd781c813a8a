"""Reads picture files with Pillow. A TIFF has its pages; any other file is one page.

An animation is its first frame, a HEIC file its primary picture, a stereo JPEG (MPO) its first view.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image, UnidentifiedImageError

from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.errors import (
    DocumentCorrupt,
    PageTooLarge,
    PageUnreadable,
    UnsupportedDocument,
)
from mineru_cli.pages.cut_short import BROKEN, opens_padded, rescued, without_pillow_limits
from mineru_cli.pages.dots import Dots, dots_of
from mineru_cli.pages.page import NO_TEXT, POINTS_PER_INCH, PageImage, TextSample
from mineru_cli.pages.parts import is_long, is_unusual, parts_of, roomier_shrink
from mineru_cli.pages.picture_formats import NAMES, picture_format, register
from mineru_cli.pages.pixels.packed_image import to_greyscale_if_colourless
from mineru_cli.pages.plain import plain, samples_of
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.settings import Limits, Rendering

_HEAD: Final = 1024
_MINERU_DOTS: Final = Dots(200, 200)
"""MinerU gives every picture this resolution: boxes in points are equal only with the same."""
_ORIENTATION = 274
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF orientation: what makes the picture upright."""
_ASIDE: Final = (5, 6, 7, 8)

_RESIZED_AS_THEY_ARE: Final = ("L", "RGB", "RGBA", "LA", "CMYK")
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE = 254, 255
_REDUCED, _MASK = 1, 4
_OLD_REDUCED = 2


def open_picture(path: str, rendering: Rendering, limits: Limits) -> PictureReader:
    """Open a picture file without decoding it. Raises the matching ``DocumentError``."""
    with Path(path).open("rb") as file:
        kind = picture_format(file.read(_HEAD))
    if kind is None:
        raise UnsupportedDocument(f"it is not a {NAMES}, whatever its name says")
    register(kind)
    try:
        with _opened(path, kind) as image:
            return PictureReader(path, kind, _frames_of(image, limits.max_pages), rendering, limits)
    except BROKEN as error:
        if opens_padded(path, kind):
            return PictureReader(path, kind, (0,), rendering, limits)
        unknown = isinstance(error, UnidentifiedImageError)
        what = f", or of a kind of {kind} that Pillow does not read" if unknown else f": {error}"
        raise DocumentCorrupt(f"the picture is broken{what}", hint="copy or download it again") from error


class PictureReader:
    """A picture file. See ``OpenDocument``. It is reopened for each page, because Pillow keeps decoded data.

    ``frames`` are the numbers of the file's pictures that are pages.
    """

    def __init__(
        self, path: str, kind: str, frames: tuple[int, ...], rendering: Rendering, limits: Limits
    ) -> None:
        self.page_count = len(frames)
        self._path = path
        self._kind = kind
        self._frames = frames
        self._rendering = rendering
        self._limits = limits

    def read(self, index: int) -> PageImage:
        """Decode a page upright, with square dots, at most ``max_side`` pixels long.

        A page of a truncated file shows what is there, and has the flaw ``truncated-image``.
        """
        try:
            with _opened(self._path, self._kind) as picture:
                return self._page(index, picture)
        except BROKEN as error:
            page = self._cut_short(index)
            if page is None:
                raise PageUnreadable(f"page {index + 1} cannot be decoded: {error}") from error
            return page

    def text_layer(self, index: int, shown: PageImage) -> TextLayer | None:
        """Pictures have no text layer."""
        return None

    def text_sample(self, index: int) -> TextSample:
        """Pictures have no text."""
        return NO_TEXT

    def may_lack_fonts(self, index: int) -> bool:
        """Pictures need no fonts."""
        return False

    def release_page(self) -> None:
        """Nothing to free: pictures are decoded anew at each call."""

    def close(self) -> None:
        """Nothing to release: no file stays open between pages."""

    def _page(self, index: int, picture: Image.Image) -> PageImage:
        if self._frames[index]:
            picture.seek(self._frames[index])
        self._check_size(picture)
        samples = samples_of(picture)
        shape = _shape_of(picture, self._rendering.dpi)
        if picture.mode not in _RESIZED_AS_THEY_ARE:
            picture = plain(picture, samples)
        fitted = _fitted(picture, shape.dots, self._rendering)
        return self._finished(index, plain(fitted, samples), shape)

    def _cut_short(self, index: int) -> PageImage | None:
        """The readable part of a page of a truncated file, None when there is none."""
        try:
            found = rescued(self._path, self._kind, self._frames[index], self._check_size)
        except BROKEN:
            return None
        if found is None:
            return None
        shape = _shape_of(found.file, self._rendering.dpi)
        fitted = _fitted(found.image, shape.dots, self._rendering)
        page = self._finished(index, fitted, shape)
        return page if found.complete else replace(page, flaws=(PageFlaw("truncated-image"),))

    def _finished(self, index: int, picture: Image.Image, shape: _ImageShape) -> PageImage:
        page = _upright(index, picture, shape)
        width, height = _on_paper(shape)
        if self._rendering.page_parts and is_unusual(width, height):
            page.parts = parts_of(width, height, page.image)
        return page

    def _check_size(self, picture: Image.Image) -> None:
        width, height = picture.size
        if width * height > self._limits.max_pixels:
            raise PageTooLarge(
                f"it has {width} x {height} pixels, the limit is {self._limits.max_pixels} in all",
                hint="raise --max-pixels, or make the picture smaller",
            )


class _ImageShape(NamedTuple):
    """A stored picture: size in pixels, resolution, and EXIF orientation (1 is upright)."""

    size: tuple[int, int]
    dots: Dots
    orientation: int


@contextmanager
def _opened(path: str, kind: str) -> Iterator[Image.Image]:
    with without_pillow_limits(), Image.open(path, formats=(kind,)) as image:
        yield image


def _frames_of(image: Image.Image, most: int) -> tuple[int, ...]:
    """The pictures that are pages: in a TIFF all but reduced copies and masks. ``most`` bounds the search."""
    if image.format != "TIFF":
        return (0,)
    tags: Any = image
    full: list[int] = []
    number = 0
    while number <= most:
        try:
            image.seek(number)
        except EOFError:
            break
        except BROKEN:
            full.append(number)  # the file ends inside the list of its pages: at least one is lost
            break
        kind = _subfile_type(tags.tag_v2)
        if not kind & (_REDUCED | _MASK):
            full.append(number)
        number += 1
    return tuple(full) or tuple(range(number))


def _subfile_type(tags: Any) -> int:
    kind = tags.get(_NEW_SUBFILE_TYPE)
    if isinstance(kind, int):
        return kind
    return _REDUCED if tags.get(_SUBFILE_TYPE) == _OLD_REDUCED else 0


def _shape_of(picture: Image.Image, default_dpi: int) -> _ImageShape:
    dots = dots_of(picture, default_dpi)
    try:
        orientation = int(picture.getexif().get(_ORIENTATION, 1))
    except BROKEN:
        orientation = 1
    if picture.format == "TIFF":  # Pillow rotates it while loading, and reports the final size
        return _ImageShape(picture.size, Dots(dots.down, dots.across) if orientation in _ASIDE else dots, 1)
    return _ImageShape(picture.size, dots, orientation)


def _fitted(picture: Image.Image, dots: Dots, rendering: Rendering) -> Image.Image:
    """The picture with square dots, reduced to fit."""
    width, height = dots.squared(picture.size)
    longest, max_side = max(width, height), rendering.max_side
    if rendering.page_parts and is_long(width, height):
        max_side = max(max_side, round(longest * roomier_shrink(width, height, max_side)))
    if longest > max_side:
        width, height = (max(1, round(side * max_side / longest)) for side in (width, height))
        # JPEG: decoded at a reduced size where that is enough.
        picture.draft(picture.mode, (width * 2, height * 2))
    if (width, height) == picture.size:
        return picture.copy()  # decoded now, while the file is open
    return picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)


def _on_paper(shape: _ImageShape) -> tuple[float, float]:
    """Width and height of the upright page in points."""
    width, height = (side * POINTS_PER_INCH / dots for side, dots in zip(shape.size, shape.dots, strict=True))
    return (height, width) if shape.orientation in _ASIDE else (width, height)


def _upright(index: int, picture: Image.Image, shape: _ImageShape) -> PageImage:
    if turn := _TURNS.get(shape.orientation):
        picture = picture.transpose(turn)
    square = shape.dots.across == shape.dots.down
    width, height = _on_paper(shape._replace(dots=_MINERU_DOTS) if square else shape)
    image = picture if picture.mode == "L" else to_greyscale_if_colourless(picture) or picture
    return PageImage(index, image, width, height)
