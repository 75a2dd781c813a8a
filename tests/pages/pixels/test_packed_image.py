"""What an image is while it waits, and that it comes back as it was."""

from __future__ import annotations

import random

import pytest
from PIL import Image

from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels import native as pixels
from mineru_cli.pages.pixels.packed_image import PackedImage

WHITE = {"L": 255, "RGB": (255, 255, 255), "RGBX": (255, 255, 255, 255)}
built = pytest.mark.skipif(not pixels.built(), reason="the loops are not built")


def page(mode: str, *, noise: bool = False, with_pixels: bool = True) -> PageImage:
    image = Image.new(mode, (101, 203), WHITE[mode])
    if noise:
        image = Image.frombytes(mode, image.size, random.Random(0).randbytes(101 * 203 * len(mode)))
    image.paste(Image.effect_noise((20, 20), 50).convert(mode), (30, 40))
    return PageImage(0, image, 1, 1, image.tobytes() if with_pixels else None)


@built
@pytest.mark.parametrize("mode", ["L", "RGBX"])
def test_paper_waits_packed(mode):
    given = page(mode)
    held = PackedImage(given)
    assert held.bytes < len(given.pixels) / 4
    for _ in range(2):
        image = held.image()
        assert image is not given.image
        assert (image.mode, image.size, image.tobytes()) == (mode, (101, 203), given.pixels)


@pytest.mark.parametrize("mode", ["L", "RGBX"])
def test_noise_waits_as_it_is(mode):
    given = page(mode, noise=True)
    held = PackedImage(given)
    assert held.image() is given.image
    assert held.bytes == 101 * 203 * len(mode)


@pytest.mark.parametrize(("mode", "size"), [("L", 1), ("RGB", 4)])
def test_an_image_whose_bytes_cannot_be_seen_waits_as_it_is(mode, size):
    given = page(mode, with_pixels=False)
    held = PackedImage(given)
    assert held.image() is given.image
    assert held.bytes == 101 * 203 * size
