"""The resolution of a picture: dots per inch, across and down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from mineru_cli.pages.cut_short import BROKEN

if TYPE_CHECKING:
    from PIL import Image

_PLAUSIBLE_DPI = (30.0, 4_800.0)
_MOST_UNEQUAL = 3.0
"""Ratios above this are mistakes: real ones are fax pages (204 x 98) and printers (1200 x 400)."""
_SQUARE_WITHIN = 1.05
"""Ratios up to this count as square: a fax page in fine mode has 204 x 196."""
_X_RESOLUTION, _Y_RESOLUTION, _UNIT = 282, 283, 296
_CENTIMETRE = 3


class Dots(NamedTuple):
    """Dots per inch across and down; equal for square dots."""

    across: float
    down: float

    def squared(self, size: tuple[int, int]) -> tuple[int, int]:
        """The size in pixels with square dots: the coarser side is enlarged."""
        finest = max(self)
        return round(size[0] * finest / self.across), round(size[1] * finest / self.down)


def dots_of(picture: Image.Image, default: int) -> Dots:
    """The file's resolution where it is plausible, otherwise ``default``.

    Where the file has only a ratio, the finer side gets ``default`` dots per inch.
    """
    for across, down in _resolutions(picture):
        lowest, highest = _PLAUSIBLE_DPI
        if lowest <= across <= highest:
            return _plausible(across, down)
    for across, down in _ratios(picture):
        if across > 0 and down > 0:
            finer = max(across, down)
            return _plausible(default * across / finer, default * down / finer)
    return Dots(default, default)


def _plausible(across: float, down: float) -> Dots:
    unequal = max(across, down) / min(across, down) if down > 0 else 1.0
    return Dots(across, down) if _SQUARE_WITHIN < unequal <= _MOST_UNEQUAL else Dots(across, across)


def _resolutions(picture: Image.Image) -> Iterator[tuple[float, float]]:
    # For a JPEG without a resolution Pillow returns that of EXIF, but only the horizontal one.
    own = picture.format not in ("JPEG", "MPO") or picture.info.get("jfif_unit") in (1, 2)
    if own and (pair := _pair(picture.info.get("dpi"))):
        yield pair
    if pair := _from_exif(picture):
        yield pair
    if not own and (pair := _pair(picture.info.get("dpi"))):
        yield pair


def _ratios(picture: Image.Image) -> Iterator[tuple[float, float]]:
    """Ratios without a unit: TIFF, PNG, JFIF."""
    for name in ("resolution", "aspect", "jfif_density"):
        if pair := _pair(picture.info.get(name)):
            yield pair


def _from_exif(picture: Image.Image) -> tuple[float, float] | None:
    if "exif" not in picture.info:
        return None
    try:
        exif = picture.getexif()
        inches = 2.54 if exif.get(_UNIT) == _CENTIMETRE else 1.0
        pair = _pair((exif.get(_X_RESOLUTION), exif.get(_Y_RESOLUTION)))
    except BROKEN:
        return None
    return (pair[0] * inches, pair[1] * inches) if pair else None


def _pair(value: Any) -> tuple[float, float] | None:
    try:
        return float(value[0]), float(value[1])
    except BROKEN:
        return None
