"""TIFF files of every kind of sample, written by hand: Pillow writes only the common ones."""

from __future__ import annotations

import struct

WIDTH, HEIGHT = 64, 16
RAMP = [x / (WIDTH - 1) for _ in range(HEIGHT) for x in range(WIDTH)]
"""Brightness of each pixel, 0 black to 1 white, growing from left to right."""

_SHORT, _LONG = 3, 4
_SIZES = {_SHORT: "H", _LONG: "I"}


def tiff(data: bytes, *, order: str = "<", size: tuple[int, int] = (WIDTH, HEIGHT), **tags: object) -> bytes:
    """One page, its directory in front of its only strip. ``tags`` are named ``t258=16``, lists for several."""
    values = {int(name[1:]): value if isinstance(value, list) else [value] for name, value in tags.items()}
    entries = {256: [size[0]], 257: [size[1]], 259: [1], 277: [1], 278: [size[1]], 279: [len(data)], **values}
    start = 8 + 2 + 12 * (len(entries) + 1) + 4
    room = sum(_length(number, each) for number, each in entries.items() if _length(number, each) > 4)
    entries[273] = [start + room]
    directory, beyond = struct.pack(f"{order}H", len(entries)), b""
    for number, each in sorted(entries.items()):
        kind = _kind(number)
        raw = struct.pack(f"{order}{len(each)}{_SIZES[kind]}", *each)
        place = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(f"{order}I", start + len(beyond))
        beyond += raw if len(raw) > 4 else b""
        directory += struct.pack(f"{order}HHI", number, kind, len(each)) + place
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(f"{order}I", 8) + directory + bytes(4) + beyond + data


def _kind(number: int) -> int:
    return _LONG if number in (256, 257, 273, 278, 279) else _SHORT


def _length(number: int, values: list[int]) -> int:
    return len(values) * struct.calcsize(_SIZES[_kind(number)])


def samples(form: str, top: float, *, order: str = "<", inverted: bool = False, copies: int = 1) -> bytes:
    """The ramp as samples of the struct format ``form``, ``top`` being white."""
    values = [top * (1 - share if inverted else share) for share in RAMP for _ in range(copies)]
    made = values if form in "ef d" else [int(value) for value in values]
    return struct.pack(f"{order}{len(made)}{form}", *made)
