"""The names of figures are hashes of the whole page as RGB, in whatever mode the page is kept."""

from __future__ import annotations

import hashlib
from random import Random

import pytest
from PIL import Image

from mineru_cli.pages.page import PageImage
from mineru_cli.recipes.figures import PageFigures


@pytest.mark.parametrize(("mode", "size"), [("L", 1), ("RGB", 3), ("RGBX", 4)])
@pytest.mark.parametrize("height", [1, 64, 150])
def test_the_name_of_a_figure_is_made_of_all_pixels_of_its_page(mode: str, size: int, height: int) -> None:
    image = Image.frombytes(mode, (90, height), Random(1).randbytes(90 * height * size))
    figures = PageFigures(PageImage(4, image, 90.0, float(height)), [(0.0, 0.0, 1.0, 1.0)])
    digest = hashlib.md5(image.convert("RGB").tobytes(), usedforsecurity=False).hexdigest().upper()
    origin = f"image/{digest}_4_0_0_90_{height}"
    assert figures.name("image", (0.0, 0.0, 1.0, 1.0)) == hashlib.sha256(origin.encode()).hexdigest() + ".jpg"
