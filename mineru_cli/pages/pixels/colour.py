"""Tells pages that carry no colour: they are kept, resized and sent as one band instead of three."""

from __future__ import annotations

from PIL import Image, ImageChops

from mineru_cli.pages.pixels import native as pixels

_SAMPLE_STEP = 8


def to_greyscale_if_colourless(image: Image.Image) -> Image.Image | None:
    """The image as mode "L" if every pixel has equal red, green and blue, else None.

    ``image`` is "RGB" or "RGBX". Exact, so that an encoded "L" decodes to the very pixels of the original.
    A thin sample is looked at first: most pages with colour are told by it at a hundredth of the cost.
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
