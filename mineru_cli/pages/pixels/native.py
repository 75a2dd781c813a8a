"""The compiled loops of ``pixels.c``, where they were built and return the same pixels as Pillow.

An installation without a C compiler has none. Pillow is then used, which takes four times as long.
"""

from __future__ import annotations

import ctypes
import sys
from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

LIBRARY = Path(__file__).with_name("libpixels.so")
UNITS = {"L": 1, "RGBX": 4}
"""Bytes per pixel by image mode."""

Size = tuple[int, int]
Pixels = bytes | bytearray | ctypes.Array[ctypes.c_ubyte]
Boxes = ctypes.Array[ctypes.Array[ctypes.c_int32]]

_SMALLEST = 8


@cache
def built() -> bool:
    """Whether the loops were built and agree with the installed Pillow, to the bit."""
    return _library() is not None and all(_agrees(mode, size) for mode in ("L", "RGBX") for size in _PROBES)


def shrink(source: Pixels, mode: str, before: Size, after: Size) -> Image.Image | None:
    """The result of ``Image.resize(after, Image.Resampling.BICUBIC)``, as mode "L" or "RGBX".

    ``source`` are the bytes of an "L" or "RGBX" image, row by row without gaps. None where the loops cannot
    do it: not built, a side of less than 8 pixels or of fewer than one result is made of, no memory.
    """
    library = _library()
    if library is None or min(*before, *after) < _SMALLEST:
        return None
    result = bytearray(after[0] * after[1] * UNITS[mode])
    first = _columns_first(before, after)
    if not library.mineru_shrink(_address(source), *before, UNITS[mode], _address(result), *after, first):
        return None
    return Image.frombuffer(mode, after, result, "raw", mode, 0, 1)


def grey(source: Pixels, size: Size) -> bytearray | None:
    """One byte per pixel when all have equal red, green and blue, otherwise None. ``source`` is "RGBX"."""
    library = _library()
    result = bytearray(size[0] * size[1])
    if library is None or not library.mineru_grey(_address(source), len(result), _address(result)):
        return None
    return result


def pack(source: Pixels) -> bytes | None:
    """Compress the bytes of an image without loss. None where the result would exceed half of the size."""
    library = _library()
    if library is None:
        return None
    used = ctypes.c_size_t()
    packed = library.mineru_pack(_address(source), len(source), len(source) // 2, ctypes.byref(used))
    try:
        return ctypes.string_at(packed, used.value) if packed else None
    finally:
        library.mineru_free(packed)


def unpack(packed: bytes, size: int) -> bytearray:
    """The ``size`` bytes that were passed to ``pack``."""
    library = _library()
    assert library is not None  # noqa: S101  pack() gave nothing without it
    result = bytearray(size)
    library.mineru_unpack(packed, _address(result), size)
    return result


def contrasts(source: Pixels, mode: str, width: int, boxes: Boxes, enough: int) -> bytes | None:
    """Difference of the brightest and the darkest pixel of each box; may stop at ``enough``.

    ``source`` are the bytes of an "L" or "RGBX" image of this ``width``. None without the loops.
    """
    library = _library()
    if library is None:
        return None
    result = bytearray(len(boxes))
    unit = UNITS[mode]
    library.mineru_contrasts(_address(source), width, unit, boxes, len(boxes), enough, _address(result))
    return bytes(result)


def shares(
    source: Pixels, mode: str, width: int, boxes: Boxes, colours: bytes, distance: int
) -> Sequence[int] | None:
    """Thousandths of each box's pixels within ``distance`` of its colour, of three bytes each in ``colours``.

    None without the loops.
    """
    library = _library()
    if library is None:
        return None
    result = (ctypes.c_uint16 * len(boxes))()
    arguments = (boxes, colours, len(boxes), distance, result)
    library.mineru_shares(_address(source), width, UNITS[mode], *arguments)
    return list(result)


def overlaps(boxes: Boxes) -> Sequence[int] | None:
    """For each box the first other one that it overlaps by more than 3/10 of the smaller, -1 for none.

    None without the loops.
    """
    library = _library()
    if library is None:
        return None
    result = (ctypes.c_int32 * len(boxes))()
    library.mineru_overlaps(boxes, len(boxes), result)
    return list(result)


def boxes(sides: Sequence[tuple[int, int, int, int]]) -> Boxes:
    """Boxes in the form of the loops: left, top, right, bottom in pixels, inside the image, none empty."""
    flat = [side for box in sides for side in box]
    return (ctypes.c_int32 * 4 * len(sides)).from_buffer_copy(array("i", flat))


def zero_upper_vector_registers() -> None:
    """Call after code that leaves the upper halves of vector registers in use, which slows what follows."""
    library = _library()
    if library is not None:
        library.mineru_settle()


def _address(pixels: Pixels) -> Any:
    return (ctypes.c_ubyte * len(pixels)).from_buffer(pixels) if isinstance(pixels, bytearray) else pixels


def _columns_first(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """The order of passes determines the last bit of a pixel, and differs between versions of Pillow.

    Pillow 13 starts with the columns where the height shrinks more than twice as much as the width.
    """
    lower = before[1] - after[1]
    return lower > 0 and lower > 2 * (before[0] - after[0]) and _passes_depend_on_shape()


@cache
def _passes_depend_on_shape() -> bool:
    """Whether this Pillow does so. Older ones always start with the rows."""
    tall = Image.frombytes("L", (16, 64), bytes(n * n * 31 % 251 for n in range(16 * 64)))
    bicubic = Image.Resampling.BICUBIC
    return tall.resize((9, 9), bicubic) == tall.resize((16, 9), bicubic).resize((9, 9), bicubic)


@cache
def _library() -> ctypes.CDLL | None:
    if sys.byteorder != "little":
        return None  # big-endian: a pixel's first byte is not its lowest
    try:
        return _declared(ctypes.CDLL(str(LIBRARY)))
    except (OSError, AttributeError):
        return None  # not built, or of another version


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
    for name, result, arguments in (
        ("mineru_shrink", number, (pointer, number, number, number, pointer, number, number, number)),
        ("mineru_grey", number, (pointer, size, pointer)),
        ("mineru_pack", pointer, (pointer, size, size, pointer)),
        ("mineru_free", None, (pointer,)),
        ("mineru_unpack", None, (pointer, pointer, size)),
        ("mineru_settle", None, ()),
        ("mineru_contrasts", None, (pointer, number, number, pointer, number, number, pointer)),
        ("mineru_shares", None, (pointer, number, number, pointer, pointer, number, number, pointer)),
        ("mineru_overlaps", None, (pointer, number, pointer)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_PROBES = ((60, 140), (100, 80))
"""Two sizes: Pillow starts with the columns for one, and with the rows for the other."""


def _agrees(mode: str, size: tuple[int, int]) -> bool:
    noise, small = Random(0).randbytes(size[0] * size[1] * UNITS[mode]), (37, 41)
    theirs = Image.frombytes(mode, size, noise).resize(small, Image.Resampling.BICUBIC)
    ours = shrink(noise, mode, size, small)
    return ours is not None and ours.tobytes() == theirs.tobytes()
