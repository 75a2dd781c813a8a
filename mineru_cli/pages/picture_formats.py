"""The picture formats that are read, by their first bytes, and what Pillow needs for each."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, NamedTuple

from mineru_cli.domain.extras import HEIF_HINT
from mineru_cli.errors import UnsupportedDocument

NAMES: Final = "PNG, JPEG, TIFF, WebP, BMP, GIF, JPEG 2000, HEIC or AVIF"

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_BMP_HEADER_SIZES: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
_MOST_BRANDS: Final = 512
"""Bytes of a file type box that are read."""


class _Signature(NamedTuple):
    format: str
    start: bytes


_SIGNATURES: Final = (
    _Signature("PNG", b"\x89PNG\r\n\x1a\n"),
    _Signature("JPEG", b"\xff\xd8\xff"),
    _Signature("TIFF", b"II*\0"),
    _Signature("TIFF", b"MM\0*"),
    _Signature("TIFF", b"II+\0"),
    _Signature("TIFF", b"MM\0+"),
    _Signature("GIF", b"GIF87a"),
    _Signature("GIF", b"GIF89a"),
    _Signature("JPEG2000", b"\0\0\0\x0cjP  \r\n\x87\n"),
    _Signature("JPEG2000", b"\xff\x4f\xff\x51"),
)

_INTEL, _MOTOROLA = b"II", b"MM"
_MORE_TIFF_FORMS: Final = {
    (_MOTOROLA, 0, (1,), 1, (16,), ()): ("I;16B", "I;16B"),
    (_INTEL, 0, (3,), 1, (64,), ()): ("F", "F;64F"),
    (_INTEL, 1, (3,), 1, (64,), ()): ("F", "F;64F"),
    (_MOTOROLA, 0, (3,), 1, (64,), ()): ("F", "F;64BF"),
    (_MOTOROLA, 1, (3,), 1, (64,), ()): ("F", "F;64BF"),
}
"""TIFF samples that Pillow unpacks but does not list: byte order, photometric, format, fill order, bits."""


def picture_format(head: bytes) -> str | None:
    """Pillow's name of the format of a file that begins with ``head``; None for anything else."""
    for signature in _SIGNATURES:
        if head.startswith(signature.start):
            return signature.format
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    return _of_brands(head) if head[4:8] == b"ftyp" else None


def _of_brands(head: bytes) -> str | None:
    """HEIC and AVIF share a container; the brands in its first box name the codec."""
    box = head[: min(int.from_bytes(head[:4], "big"), _MOST_BRANDS)]
    brands = {box[8:12], *(box[place : place + 4] for place in range(16, len(box), 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIC_BRANDS else None


def can_read_heif() -> bool:
    """Whether HEIC files can be read: the codec is in the extra ``[heif]``."""
    return find_spec("pillow_heif") is not None


def can_read_avif() -> bool:
    """Whether this Pillow was built with AVIF."""
    return find_spec("PIL._avif") is not None


def register(picture_format: str) -> None:
    """Register the format with Pillow. Raises ``UnsupportedDocument`` where its codec is not installed."""
    if picture_format == "HEIF":
        try:
            from pillow_heif import register_heif_opener
        except ImportError as error:
            raise UnsupportedDocument("HEIC pictures need one more package", hint=HEIF_HINT) from error
        register_heif_opener(thumbnails=False)
    elif picture_format == "AVIF" and not can_read_avif():
        raise UnsupportedDocument("this Pillow reads no AVIF", hint="pip install -U pillow")
    elif picture_format == "TIFF":
        from PIL import TiffImagePlugin

        for form, modes in _MORE_TIFF_FORMS.items():
            TiffImagePlugin.OPEN_INFO.setdefault(form, modes)
