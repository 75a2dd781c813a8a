"""Converts pictures of all kinds to 8-bit grey or RGB, on a background that makes them visible."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageChops, ImageFilter

PLAIN_MODES = ("L", "RGB")
_ALPHA_MODES = ("RGBA", "LA", "PA", "La", "RGBa")
_DEPTHS = (8, 10, 12, 14)
"""Bit depths that devices deliver in samples of 16 bits, in ascending order."""
_BITS_PER_SAMPLE, _PHOTOMETRIC, _MOST_SAMPLE_VALUE, _COLOUR_MAP = 258, 262, 281, 320
_WHITE_IS_ZERO = 0
_LIGHT = 192
_CLEAR = 0.02
"""Share of transparent pixels below which the background does not matter."""
_THIN = 0.02
"""Share of visible pixels on the outline above which a picture is writing rather than an area."""


@dataclass(frozen=True, slots=True)
class Samples:
    """How a file stores its samples, beyond Pillow's mode.

    ``top`` is the value of full brightness in samples of 16 bits, None where it follows from the values.
    ``white_is_zero`` is set where Pillow has not inverted such samples itself. ``wide`` colours were reduced
    from 16 bits to eight.
    """

    top: int | None = None
    white_is_zero: bool = False
    wide: bool = False


def samples_of(picture: Image.Image) -> Samples:
    """The samples of an opened file, without decoding it."""
    tags: Any = getattr(picture, "tag_v2", {})
    bits = tags.get(_BITS_PER_SAMPLE, (16,))[0]
    most = tags.get(_MOST_SAMPLE_VALUE)
    most = most[0] if isinstance(most, tuple) else most
    top = (1 << bits) - 1 if 8 < bits < 16 else most if most and 255 <= most < 65_535 else None
    deep = _is_deep(picture.mode)
    return Samples(
        top=top,
        white_is_zero=deep and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO,
        wide=not deep and any(";16" in str(tile[3]) for tile in getattr(picture, "tile", ())),
    )


def plain(picture: Image.Image, samples: Samples) -> Image.Image:
    """The picture as "L" or "RGB"."""
    if _is_deep(picture.mode):
        grey = _eight_bits(picture, samples.top)
        return ImageChops.invert(grey) if samples.white_is_zero else grey
    if picture.mode == "P":
        _mend_palette(picture)
    seen = _seen(picture)
    return _brightened(seen) if samples.wide else seen


def _is_deep(mode: str) -> bool:
    return mode in ("I", "F") or mode.startswith("I;16")


def _seen(picture: Image.Image) -> Image.Image:
    if picture.mode in _ALPHA_MODES or "transparency" in picture.info:
        return _on_ground(picture.convert("RGBA"))
    if picture.mode in PLAIN_MODES:
        return picture
    if picture.mode == "1":
        return picture.convert("L")
    return _from_lab(picture) if picture.mode == "LAB" else picture.convert("RGB")


def _on_ground(picture: Image.Image) -> Image.Image:
    """Composite on white, or on black where light writing on a transparent background would vanish."""
    paper = Image.new("RGBA", picture.size, "black" if _is_light_writing(picture) else "white")
    paper.alpha_composite(picture)
    return paper.convert("RGB")


def _is_light_writing(picture: Image.Image) -> bool:
    """Whether all visible pixels are light, or those next to transparent ones are light and thin."""
    visible = picture.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0)
    shown = visible.histogram()[255]
    if not shown or shown > (1 - _CLEAR) * visible.width * visible.height:
        return False
    grey = picture.convert("RGB").convert("L")
    if sum(grey.histogram(visible)[_LIGHT:]) == shown:
        return True
    outline = ImageChops.subtract(visible, visible.filter(ImageFilter.MinFilter(3)))
    border = grey.histogram(outline)
    length = sum(border)
    return length > _THIN * shown and sum(border[_LIGHT:]) > length / 2


def _eight_bits(picture: Image.Image, top: int | None) -> Image.Image:
    """Scale 16-bit samples by the value of full brightness: known, or derived from the values."""
    wide = picture.convert("F")
    low, high = wide.getextrema()
    if not isinstance(low, float) or not isinstance(high, float):
        raise ValueError("a picture of one band was expected")
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("its values are not finite")
    if picture.mode.startswith("I;16"):
        scale = 255 / (top or _top_of(low, high))
        return wide.point(lambda value: value * scale + 0.5).convert("L")
    if low >= 0 and high <= 1 and picture.mode == "F":
        return wide.point(lambda value: value * 255 + 0.5).convert("L")
    if (low >= 0 and high <= 255) or high <= low:
        return wide.convert("L")
    scale = 255 / (high - low)
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def _top_of(low: float, high: float) -> int:
    """Twelve bits in sixteen would be nearly black. A uniform picture gives no evidence and is unchanged."""
    if low < high:
        for bits in _DEPTHS:
            if high < 1 << bits:
                return (1 << bits) - 1
    return 65_535


def _brightened(picture: Image.Image) -> Image.Image:
    """The same for colours, of which Pillow keeps the upper eight bits."""
    bands: Any = picture.getextrema()
    extremes = bands if picture.mode == "RGB" else (bands,)
    low, high = min(e[0] for e in extremes), max(e[1] for e in extremes)
    top = next(((1 << bits - 8) - 1 for bits in _DEPTHS[1:] if high < 1 << bits - 8), 255)
    if low == high or top == 255:
        return picture
    return picture.point(lambda value: min(255, value * 255 // top))


def _mend_palette(picture: Image.Image) -> None:
    """A TIFF palette has 16 bits per colour; with writers that use eight it would be black."""
    tags: Any = getattr(picture, "tag_v2", {})
    colours = tags.get(_COLOUR_MAP)
    if colours and 0 < max(colours) < 256:
        third = len(colours) // 3
        bands = (colours[:third], colours[third : 2 * third], colours[2 * third :])
        picture.putpalette([value for colour in zip(*bands, strict=True) for value in colour])


def _from_lab(picture: Image.Image) -> Image.Image:
    """CIE L*a*b* as RGB by Pillow's colour management, otherwise its lightness alone."""
    try:
        from PIL import ImageCms

        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(lab, srgb, "LAB", "RGB").apply(picture)
    except ImportError:
        return picture.getchannel("L")
