"""Ink on light and on dark grounds."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from mineru_cli.embedded.ink import dark_on_light, ink_mask
from tests.embedded.drawn import font


def lettered(ground, ink):
    image = Image.new("L", (480, 320), ground)
    ImageDraw.Draw(image).text((60, 120), "Programme of the year", ink, font(32))
    return image


def test_light_letters_on_a_dark_ground_are_the_same_ink_as_dark_letters_on_paper():
    assert np.array_equal(ink_mask(lettered(0, 255)), ink_mask(lettered(255, 0)))


def test_a_page_without_dark_grounds_is_left_as_it_is():
    page = lettered(250, 10)
    assert np.array_equal(np.asarray(dark_on_light(page)), np.asarray(page))


def test_only_the_dark_part_of_a_page_is_turned():
    page = Image.new("L", (480, 640), 255)
    page.paste(lettered(20, 250), (0, 0))
    turned = np.asarray(dark_on_light(page))
    assert turned[:300].mean() > 200
    assert (turned[340:] == 255).all()
