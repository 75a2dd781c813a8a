from __future__ import annotations

import pytest
from PIL import Image

from mineru_cli.pages.dots import Dots
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering

FAX = (1728, 1143)
"""A page of a fax in standard mode: 204 dots an inch across, 98 down."""


@pytest.fixture
def read(tmp_path):
    def save_and_read(size, name, **options):
        Image.new("L", size, 255).save(tmp_path / name, **options)
        return open_document(str(tmp_path / name), "image", rendering=Rendering(), limits=Limits()).read(0)

    return save_and_read


def exif_of(across, down, unit=2, orientation=1):
    exif = Image.Exif()
    exif[282], exif[283], exif[296], exif[0x112] = across, down, unit, orientation
    return exif


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.tif", {"dpi": (204, 98)}),
        ("a.png", {"dpi": (204, 98)}),
        ("a.bmp", {"dpi": (204, 98)}),
        ("a.jpg", {"dpi": (204, 98)}),
        ("a.jpg", {"exif": exif_of(204, 98)}),
        ("a.jpg", {"exif": exif_of(80.315, 38.583, unit=3)}),
        ("a.webp", {"exif": exif_of(204, 98)}),
    ],
)
def test_a_fax_page_gets_square_dots(read, name, options):
    page = read(FAX, name, **options)
    assert page.image.size == pytest.approx((1728, 2379), abs=2)
    assert (page.width, page.height) == pytest.approx((609.9, 839.8), abs=1)


def test_the_coarser_side_may_be_the_width(read):
    page = read((800, 2000), "a.tif", dpi=(100, 200))
    assert page.image.size == (1600, 2000)
    assert (page.width, page.height) == (576, 720)


def test_a_stretched_page_still_fits(read):
    page = read((3000, 3000), "a.png", dpi=(200, 100))
    assert page.image.size == (1750, 3500)
    assert (page.width, page.height) == pytest.approx((1080, 2160), rel=1e-3)


def test_a_turned_picture_is_stretched_before_it_is_turned(read):
    page = read(FAX, "a.jpg", exif=exif_of(204, 98, orientation=6))
    assert page.image.size == (2379, 1728)
    assert page.width > page.height


@pytest.mark.parametrize("dpi", [(200, 200), (204, 196), (300, 72), (200, 1)])
def test_nearly_square_or_implausible_dots_are_square(read, dpi):
    page = read((300, 200), "a.tif", dpi=dpi)
    assert page.image.size == (300, 200)
    assert page.width == 300 * 72 / 200, "as MinerU has it"


def test_a_ratio_without_a_unit(read):
    page = read(FAX, "a.tif", x_resolution=204, y_resolution=98, resolution_unit=1)
    assert page.image.size == (1728, 2379)
    assert page.width == pytest.approx(1728 * 72 / 200)


def test_squared():
    assert Dots(200, 100).squared((10, 10)) == (10, 20)
    assert Dots(150, 150).squared((10, 7)) == (10, 7)
