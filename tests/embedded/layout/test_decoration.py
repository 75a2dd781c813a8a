"""Leaders that are drawn, not written, and areas of one colour behind text."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.decoration import find_bands, find_leaders

ENTRY, PAGE = Box(50, 100, 200, 112), Box(700, 100, 720, 112)


def mask(*, every=3, rows=1, to=700):
    ink = np.zeros((300, 800), bool)
    ink[111 - rows : 111, 202 : to - 2 : every] = True
    return ink


@pytest.mark.parametrize("every", [1, 3, 6])
def test_a_line_or_dots_between_an_entry_and_its_page_are_leaders(every):
    assert find_leaders([ENTRY, PAGE], mask(every=every)) == [Box(200, 100, 700, 112)]


@pytest.mark.parametrize("ink", [mask(every=30), mask(rows=12), mask(to=400)])
def test_single_dots_pictures_and_short_lines_are_none(ink):
    assert find_leaders([ENTRY, PAGE], ink) == []


def test_leaders_lead_to_something_short():
    assert find_leaders([ENTRY, Box(500, 100, 790, 112)], mask(to=500)) == []


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
