from __future__ import annotations

import pytest
from PIL import Image

from mineru_cli.pages.pixels import native as pixels
from mineru_cli.pages.pixels.packed_image import to_greyscale_if_colourless


@pytest.fixture(params=["built", "not built"], autouse=True)
def loops(request, monkeypatch):
    if request.param == "not built":
        monkeypatch.setattr(pixels, "built", lambda: False)


@pytest.mark.parametrize("mode", ["RGB", "RGBX"])
def test_equal_bands_become_one(mode):
    grey = Image.effect_noise((64, 48), 80)
    found = to_greyscale_if_colourless(Image.merge("RGB", (grey, grey, grey)).convert(mode))
    assert found is not None
    assert found.mode == "L"
    assert found.tobytes() == grey.tobytes()


@pytest.mark.parametrize("place", [(0, 0), (63, 47), (33, 17), (5, 46)])
@pytest.mark.parametrize("colour", [(255, 255, 254), (254, 255, 255), (255, 254, 255)])
def test_one_pixel_a_shade_off_keeps_the_colour(place, colour):
    image = Image.new("RGB", (64, 48), "white")
    image.putpixel(place, colour)
    assert to_greyscale_if_colourless(image) is None


def test_smaller_than_the_sample():
    assert to_greyscale_if_colourless(Image.new("RGB", (1, 1), "white")) is not None
    assert to_greyscale_if_colourless(Image.new("RGB", (1, 3), "red")) is None
