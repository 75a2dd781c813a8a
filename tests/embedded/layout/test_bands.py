"""Areas of one colour behind text."""

from __future__ import annotations

from PIL import Image, ImageDraw

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.bands import find_bands

BAND = (100, 200, 700, 240)
TEXT = Box(120, 210, 300, 230)


def page(*shapes):
    image = Image.new("RGB", (1000, 1000), "white")
    draw = ImageDraw.Draw(image)
    for shape, colour in shapes:
        draw.rectangle(shape, fill=colour)
    draw.text((122, 208), "Conclusions", fill="white", font_size=20)
    return image


def test_a_band_behind_text_is_found():
    (band,) = find_bands(page((BAND, "navy")), [TEXT])
    assert Box(*BAND).share_in(band) == 1
    assert band.height < 60


def test_bands_without_text_and_white_ones_are_not():
    assert find_bands(page((BAND, "navy")), []) == []
    assert find_bands(page((BAND, "#f8f8ff")), [TEXT]) == []


def test_a_box_of_a_diagram_is_narrow():
    assert find_bands(page(((100, 200, 280, 260), "navy")), [TEXT]) == []


def test_a_picture_has_many_colours():
    stripes = [((100 + 30 * n, 200, 130 + 30 * n, 400), (8 * n, 90, 10 * n)) for n in range(20)]
    assert find_bands(page(*stripes), [TEXT]) == []
