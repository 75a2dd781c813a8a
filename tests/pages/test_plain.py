from __future__ import annotations

import pytest
from PIL import Image, ImageDraw
from tiffs import WIDTH, samples, tiff

from mineru_cli.errors import PageUnreadable
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering

TWELVE, SIXTEEN = 4_095, 65_535
GREY_RAMPS = {
    "16 bits": tiff(samples("H", SIXTEEN), t258=16, t262=1),
    "12 bits in 16": tiff(samples("H", TWELVE), t258=16, t262=1),
    "12 bits in 16, Motorola": tiff(samples("H", TWELVE, order=">"), order=">", t258=16, t262=1),
    "12 bits in 16, white is zero": tiff(samples("H", TWELVE, inverted=True), t258=16, t262=0),
    "14 bits in 16": tiff(samples("H", 16_383), t258=16, t262=1),
    "10 bits in 16": tiff(samples("H", 1_023), t258=16, t262=1),
    "most sample value": tiff(samples("H", 20_000), t258=16, t262=1, t281=20_000),
    "16 bits, white is zero": tiff(samples("H", SIXTEEN, inverted=True), t258=16, t262=0),
    "16 bits, white is zero, Motorola": tiff(
        samples("H", SIXTEEN, order=">", inverted=True), order=">", t258=16, t262=0
    ),
    "8 bits, white is zero": tiff(samples("B", 255, inverted=True), t258=8, t262=0),
    "float to 1": tiff(samples("f", 1), t258=32, t262=1, t339=3),
    "float to 255": tiff(samples("f", 255), t258=32, t262=1, t339=3),
    "float to 65535": tiff(samples("f", SIXTEEN), t258=32, t262=1, t339=3),
    "float, white is zero": tiff(samples("f", 1, inverted=True), t258=32, t262=0, t339=3),
    "double": tiff(samples("d", 1), t258=64, t262=1, t339=3),
    "signed": tiff(samples("h", 32_767), t258=16, t262=1, t339=2),
    "colours of 16 bits": tiff(samples("H", SIXTEEN, copies=3), t258=[16] * 3, t262=2, t277=3),
    "colours of 12 bits in 16": tiff(samples("H", TWELVE, copies=3), t258=[16] * 3, t262=2, t277=3),
    "palette": tiff(samples("B", 255), t258=8, t262=3, t320=[n * 257 for n in range(256)] * 3),
    "palette of 8 bits": tiff(samples("B", 255), t258=8, t262=3, t320=list(range(256)) * 3),
    "lab": tiff(bytes(v for x in samples("B", 255) for v in (x, 0, 0)), t258=[8] * 3, t262=8, t277=3),
    "cmyk": tiff(
        bytes(v for x in samples("B", 255, inverted=True) for v in (0, 0, 0, x)), t258=[8] * 4, t262=5, t277=4
    ),
}


def read(path):
    return open_document(str(path), "image", rendering=Rendering(), limits=Limits()).read(0)


@pytest.mark.parametrize("kind", GREY_RAMPS)
def test_every_kind_of_sample_goes_from_black_to_white(tmp_path, kind):
    (tmp_path / "a.tif").write_bytes(GREY_RAMPS[kind])
    grey = read(tmp_path / "a.tif").image.convert("L")
    row = [grey.getpixel((x, 3)) for x in range(WIDTH)]
    wanted = [255 * x / (WIDTH - 1) for x in range(WIDTH)]
    assert max(abs(is_ - want) for is_, want in zip(row, wanted, strict=True)) < 13


def test_twelve_bits_in_a_png(tmp_path):
    ramp = Image.frombytes("I;16", (WIDTH, 16), samples("H", TWELVE))
    ramp.save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").image.getextrema() == (0, 255)


def test_values_that_are_no_numbers_are_an_unreadable_page(tmp_path):
    data = tiff(samples("f", float("inf")), t258=32, t262=1, t339=3)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(PageUnreadable):
        read(tmp_path / "a.tif")


def on_clear_ground(ink, mode="RGBA"):
    picture = Image.new("RGBA", (400, 200), (255, 255, 255, 0))
    ImageDraw.Draw(picture).text((20, 60), "Writing", fill=ink, font_size=60)
    return picture.convert(mode)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((255, 255, 255, 255), 0),
        ((235, 240, 200, 255), 0),
        ((0, 0, 0, 255), 255),
        ((200, 30, 30, 255), 255),
    ],
)
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_writing_on_clear_ground_gets_a_ground_that_shows_it(tmp_path, ink, ground, mode):
    on_clear_ground(ink, mode).save(tmp_path / "a.png")
    grey = read(tmp_path / "a.png").image.convert("L")
    assert grey.getpixel((2, 2)) == ground
    low, high = grey.getextrema()
    assert high - low > 150


def test_white_text_next_to_a_dark_mark(tmp_path):
    picture = on_clear_ground((255, 255, 255, 255))
    ImageDraw.Draw(picture).rectangle((300, 150, 390, 190), fill=(160, 40, 40, 255))
    picture.save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").image.getpixel((2, 2)) == (0, 0, 0)


def test_a_sheet_with_clear_margins_stays_on_white(tmp_path):
    picture = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((40, 40, 360, 260), fill="white")
    ImageDraw.Draw(picture).text((60, 100), "Writing", fill="black", font_size=60)
    picture.save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").image.getpixel((2, 2)) == 255
