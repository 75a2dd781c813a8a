"""Decodes truncated picture files as far as they go.

Viewers show such pictures. Pillow rejects them, or fills the rest without reporting where it starts. So the
file is decoded twice, with different bytes in place of the missing ones and on different backgrounds: where
both results agree, the pixels are really in the file.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageChops, ImageFile

from mineru_cli.pages.plain import plain, samples_of

MOST_BYTES = 256 * 1024**2
"""Size of the largest file that is tried."""

_ENOUGH, _LONGEST_TAIL = 64 * 1024, 64 * 1024**2
_TAILS = (b"\0", b"\x55")
_END_OF_IMAGE = b"\xff\xd9"
"""The end marker of JPEG and of JPEG 2000."""
_PART_OF_TILE = b"\xff\x90\0\x0a"
_IN_ROWS = ("PNG", "TIFF", "BMP")
"""Formats whose decoders leave memory that they do not reach unchanged."""
_IN_BLOCKS = ("JPEG", "MPO", "WEBP")
"""Formats stored in rows of blocks, at most 16 pixels high, whose decoders fill in what is missing."""
_BLOCK = 16
BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, OverflowError,
    ZeroDivisionError, MemoryError, RuntimeError, struct.error,
)  # fmt: skip
"""Exceptions of Pillow's decoders on broken files, which it does not wrap."""


class Rescued(NamedTuple):
    """A picture as "L" or "RGB", white where pixels are missing unless it is ``complete``, and its file."""

    image: Image.Image
    file: Image.Image
    complete: bool


def rescued(
    path: str, picture_format: str, frame: int, check: Callable[[Image.Image], None]
) -> Rescued | None:
    """Decode what the file has of its picture ``frame``; None when it has no pixels.

    ``check`` is called with the opened file before it is decoded. Raises what Pillow's decoders raise where
    they cannot start.
    """
    data = _read(path)
    with _tolerating_truncation():
        first = _decoded(data, _TAILS[0], picture_format, frame, check)
        image = plain(first, samples_of(first))
        try:
            second = _decoded(data, _TAILS[1], picture_format, frame, check)
        except BROKEN:
            return Rescued(image, first, complete=False)
    missing = _difference(first, second)
    if missing.getbbox() is None and picture_format in (*_IN_ROWS, *_IN_BLOCKS):
        return Rescued(image, first, complete=True)
    if _is_even(image):
        return None  # the decoder gave up silently
    if picture_format in _IN_BLOCKS and not first.info.get("progressive"):
        missing = _from_first_block(missing)
    elif picture_format not in _IN_ROWS:
        # Coarser, in places or everywhere: nothing to paint over.
        return Rescued(image, first, complete=False)
    if missing.getextrema()[0]:
        return None
    image = image.copy()
    image.paste("white", mask=missing)
    return Rescued(image, first, complete=False)


def opens_padded(path: str, picture_format: str) -> bool:
    """Whether a file that Pillow cannot open is a truncated picture."""
    if picture_format in (*_IN_ROWS, "GIF"):
        return False
    try:
        with _tolerating_truncation():
            Image.open(BytesIO(_padded(_read(path), _TAILS[0], picture_format)), formats=(picture_format,))
    except BROKEN:
        return False
    return True


def _is_even(image: Image.Image) -> bool:
    bands: Any = image.getextrema()
    return all(low == high for low, high in (bands if image.mode == "RGB" else (bands,)))


def _read(path: str) -> bytes:
    file = Path(path)
    if file.stat().st_size > MOST_BYTES:
        raise ValueError("too large to be mended")
    return file.read_bytes()


@contextmanager
def without_pillow_limits() -> Iterator[None]:
    """Disables Pillow's limit on large pictures, and its warnings.

    Its limit has a fixed value; ours is checked before anything is decoded. The warnings are about broken
    metadata that is not used.
    """
    guard, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = guard


@contextmanager
def _tolerating_truncation() -> Iterator[None]:
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        with without_pillow_limits():
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decoded(
    data: bytes, tail: bytes, picture_format: str, frame: int, check: Callable[[Image.Image], None]
) -> ImageFile.ImageFile:
    picture = Image.open(BytesIO(_padded(data, tail, picture_format)), formats=(picture_format,))
    if frame:
        picture.seek(frame)
    check(picture)
    if picture_format in _IN_ROWS:
        picture.load_prepare()
        ground = 0 if tail == _TAILS[0] else 255
        picture.im = Image.new(picture.mode, picture.size, _ink(picture, ground)).im
        if picture.palette is not None:
            picture.palette.dirty = 1  # otherwise the new memory would have none
    picture.load()
    return picture


def _ink(picture: Image.Image, value: int) -> int | tuple[int, ...]:
    bands = len(picture.getbands())
    return value if bands == 1 else (value,) * bands


def _padded(data: bytes, byte: bytes, picture_format: str) -> bytes:
    if picture_format in _IN_ROWS or picture_format == "GIF":
        return data
    tail = min(max(_bytes_missing(data, picture_format), 0), _LONGEST_TAIL)
    return data + byte * tail + _END_OF_IMAGE


def _bytes_missing(data: bytes, picture_format: str) -> int:
    if picture_format == "WEBP":
        return int.from_bytes(data[4:8], "little") + 8 - len(data)
    if picture_format == "JPEG2000":  # each part of a tile starts with its length
        part = data.rfind(_PART_OF_TILE)
        return part + int.from_bytes(data[part + 6 : part + 10], "big") - len(data) if part >= 0 else 0
    return _ENOUGH


def _difference(first: Image.Image, second: Image.Image) -> Image.Image:
    """A mask, 0 and 255, of the pixels that differ."""
    bands = ImageChops.difference(_raw(first), _raw(second)).split()
    return reduce(ImageChops.lighter, bands).point(lambda value: 255 if value else 0)


def _raw(picture: Image.Image) -> Image.Image:
    if picture.mode == "P":
        return Image.frombytes("L", picture.size, picture.tobytes())
    if picture.mode == "1":
        return picture.convert("L")
    return plain(picture, samples_of(picture)) if picture.mode.startswith(("I", "F")) else picture


def _from_first_block(missing: Image.Image) -> Image.Image:
    """Everything from the first missing block on: after it the decoder invents pixels."""
    box = missing.getbbox()
    if box is None:
        return missing
    top = box[1]
    first_row = missing.crop((0, top, missing.width, min(top + _BLOCK // 2, missing.height))).getbbox()
    left = first_row[0] if first_row else 0
    missing = missing.copy()
    missing.paste(255, (left, top, missing.width, min(top + _BLOCK, missing.height)))
    missing.paste(255, (0, min(top + _BLOCK, missing.height), missing.width, missing.height))
    return missing
