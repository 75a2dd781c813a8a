"""The quick way of shrinking gives the very pixels of Pillow's own."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from mineru_cli.pages import shrink
from mineru_cli.pages.reader import open_document
from mineru_cli.pages.shrink import shrunk
from mineru_cli.settings import Limits, Rendering

SHADES = st.sampled_from([0, 1, 127, 128, 200, 254, 255])


@st.composite
def pages(draw):
    """White paper with blocks of grey, of noise and of colour anywhere on it, or none."""
    mode = draw(st.sampled_from(["L", "RGB", "RGBX"]))
    width, height = draw(st.integers(1, 90)), draw(st.integers(1, 120))
    page = Image.new(mode, (width, height), "white")
    pen = ImageDraw.Draw(page)
    for _ in range(draw(st.integers(0, 5))):
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        right, bottom = draw(st.integers(x, width - 1)), draw(st.integers(y, height - 1))
        if draw(st.booleans()):
            size = (right - x + 1, bottom - y + 1)
            noise = random.Random(draw(st.integers(0, 99))).randbytes(size[0] * size[1] * len(mode))
            page.paste(Image.frombytes(mode, size, noise), (x, y))
            continue
        grey = draw(SHADES)
        colour = (grey, draw(SHADES), draw(SHADES)) if draw(st.booleans()) else (grey,) * 3
        pen.rectangle((x, y, right, bottom), fill=grey if mode == "L" else colour)
    return page


def shrinks_as_pillow_does(page: Image.Image, size: tuple[int, int]) -> bool:
    first, second = shrunk(page, size), page.resize(size, Image.Resampling.BICUBIC)
    if second.mode == "RGBX":
        second = second.convert("RGB")
    return (first.mode, first.size) == (second.mode, second.size) and (
        ImageChops.difference(first, second).getbbox() is None
    )


@given(pages(), st.tuples(st.integers(1, 70), st.integers(1, 70)))
@settings(deadline=None, max_examples=300)
def test_every_pixel_is_pillows(page, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shrink, "SMALLEST", 0)
        patch.setattr(shrink, "MOST_COLOUR", 2.0)
        assert shrinks_as_pillow_does(page, size)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBX"])
def test_a_page_of_nothing_but_black(mode):
    page = Image.new(mode, (900, 900))
    assert shrinks_as_pillow_does(page, (300, 300))


def test_a_page_full_of_colour_is_left_to_pillow():
    page = Image.merge("RGB", [Image.effect_noise((900, 900), 100) for _ in range(3)])
    assert shrinks_as_pillow_does(page, (300, 300))


@pytest.mark.parametrize(
    "size", [(1654, 2339), (1700, 2200), (2339, 1654), (800, 3500), (3500, 800), (1036, 1036)]
)
def test_sizes_of_real_pages(size):
    page = Image.effect_noise(size, 100)
    page.paste(255, (0, 0, size[0] // 5, size[1]))
    page.paste(255, (0, size[1] // 3, size[0], size[1] // 2))
    assert shrinks_as_pillow_does(page, (1036, 1036))


@pytest.mark.parametrize(
    "name", ["digital/multi_page.pdf", "digital/picture_classification.pdf", "scanned/ocr_test.pdf"]
)
def test_real_pages(shared, name):
    document = open_document(str(shared / "pdfs" / name), "pdf", rendering=Rendering(), limits=Limits())
    page = document.read(0).image
    document.close()
    assert shrinks_as_pillow_does(page, (1036, 1036))
