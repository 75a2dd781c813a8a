"""The quick way of shrinking and the slow one give the very pixels of Pillow."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels import native as pixels
from mineru_cli.pages.pixels.packed_image import shrunk
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering


@pytest.fixture(params=["built", "not built"], autouse=True)
def loops(request, monkeypatch):
    if request.param == "not built":
        monkeypatch.setattr(pixels, "built", lambda: False)


def shrinks_as_pillow_does(page: PageImage, size: tuple[int, int] = (1036, 1036)) -> bool:
    first, second = shrunk(page, size), page.image.resize(size, Image.Resampling.BICUBIC)
    assert (first.mode == "L") == (page.image.mode == "L")
    one, two = first.convert("RGB"), second.convert("RGB")
    return one.size == two.size and ImageChops.difference(one, two).getbbox() is None


def coloured(mode: str) -> Image.Image:
    bands = [Image.effect_noise((1200, 1300), spread) for spread in (20, 90, 150)]
    return bands[0] if mode == "L" else Image.merge("RGB", bands).convert(mode)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBX"])
def test_an_image_of_each_mode(mode):
    assert shrinks_as_pillow_does(PageImage(0, coloured(mode), 1, 1))


@pytest.mark.parametrize("size", [(5, 900), (900, 5), (1, 1)])
def test_an_image_of_hardly_anything(size):
    assert shrinks_as_pillow_does(PageImage(0, Image.effect_noise(size, 80), 1, 1), (28, 28))


@pytest.mark.parametrize(
    "name", ["digital/multi_page.pdf", "digital/picture_classification.pdf", "scanned/ocr_test.pdf"]
)
def test_real_pages(shared, name):
    document = open_document(str(shared / "pdfs" / name), "pdf", rendering=Rendering(), limits=Limits())
    page = document.read(0)
    document.close()
    assert shrinks_as_pillow_does(page)
