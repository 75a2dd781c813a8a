"""Ink in a region that its words do not account for."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from mineru_cli.pages.leftover import unread
from mineru_cli.pages.page import PageImage, Word
from mineru_cli.pages.pixels import native

SIZE = 1000
REGION = (0.05, 0.08, 0.95, 0.22)
FONT = ImageFont.load_default(30)


@pytest.fixture(params=["L", "RGBX"])
def sheet(request):
    image = Image.new("RGB", (SIZE, SIZE), "white")
    return image, request.param


def written(image, left, top, text):
    """Draw words and return them as the layer would have them."""
    draw, words = ImageDraw.Draw(image), []
    for part in text.split():
        x0, y0, x1, y1 = draw.textbbox((left, top), part, font=FONT)
        draw.text((left, top), part, font=FONT, fill="black")
        baseline = top + FONT.getmetrics()[0]
        box = tuple(side / SIZE for side in (x0, y0, x1, y1))
        words.append(Word(part, box, 0, baseline / SIZE, 36 / SIZE))
        left = x1 + 9
    return words


def left_over(sheet, words, region=REGION):
    image, mode = sheet
    image = image.convert("L") if mode == "L" else image.convert("RGBA").copy()
    data = bytearray(image.tobytes())
    shown = Image.frombuffer(mode, (SIZE, SIZE), data, "raw", mode, 0, 1)
    (found,) = unread(PageImage(0, shown, 1, 1, data), words, [region])
    return found


def text(image):
    return written(image, 60, 90, "Full name of the person:") + written(image, 60, 140, "Day of the start:")


def test_words_account_for_themselves(sheet):
    assert not left_over(sheet, text(sheet[0]))


def test_without_the_loops_too(sheet, monkeypatch):
    monkeypatch.setattr(native, "_library", lambda: None)
    words = text(sheet[0])
    assert not left_over(sheet, words)
    written(sheet[0], 500, 90, "Jane Doe")
    assert left_over(sheet, words)


@pytest.mark.parametrize("value", ["Jane Doe", "12 March", "42", "DE00 1234 5678", "仓库"])
def test_a_value_behind_its_label_is_left_over(sheet, value):
    words = text(sheet[0])
    ImageDraw.Draw(sheet[0]).text((500, 90), value, font=FONT, fill=(20, 20, 120))
    assert left_over(sheet, words)


def _stamp(draw):
    draw.rectangle((600, 100, 800, 180), outline=(180, 0, 0), width=4)
    draw.text((620, 120), "PAID 7", font=FONT, fill=(180, 0, 0))


def _signature(draw):
    draw.line([(500 + 8 * n, 130 + 25 * (-1) ** n) for n in range(20)], fill=(0, 0, 90), width=3)


def _tick(draw):
    draw.line([(420, 100), (430, 115), (450, 92)], fill="black", width=4)


@pytest.mark.parametrize("ink", [_stamp, _signature, _tick])
def test_stamps_and_handwriting_are_left_over(sheet, ink):
    words = text(sheet[0])
    ink(ImageDraw.Draw(sheet[0]))
    assert left_over(sheet, words)


def _underline(draw):
    draw.line((60, 127, 400, 127), fill="black", width=2)


def _field_line(draw):
    draw.line((450, 120, 900, 120), fill="black", width=2)


def _frame(draw):
    draw.rectangle((56, 86, 940, 215), outline="black", width=2)


def _cell_borders(draw):
    for x in (440, 600, 900):
        draw.line((x, 85, x, 215), fill=(120, 120, 120), width=3)


def _bullet(draw):
    draw.ellipse((58, 101, 68, 111), fill="black")


def _tint(draw):
    draw.rectangle((430, 84, 940, 215), fill=(235, 240, 250))


def _dark_box(draw):
    draw.rectangle((500, 95, 800, 125), fill="black")


def _leader(draw):
    for x in range(420, 900, 12):
        draw.ellipse((x, 116, x + 3, 119), fill="black")


def _neighbour(draw):
    draw.text((60, 205), "gap The next block", font=FONT, fill="black")


@pytest.mark.parametrize(
    "ink",
    [_underline, _field_line, _frame, _cell_borders, _tint, _dark_box, _leader, _neighbour],
    ids=lambda ink: ink.__name__.strip("_"),
)
def test_lines_frames_and_tints_are_not_text(sheet, ink):
    ink(ImageDraw.Draw(sheet[0]))
    assert not left_over(sheet, text(sheet[0]))


def test_a_bullet_is_not_text(sheet):
    words = written(sheet[0], 90, 90, "first item of them") + written(sheet[0], 90, 140, "second item")
    _bullet(ImageDraw.Draw(sheet[0]))
    ImageDraw.Draw(sheet[0]).ellipse((58, 151, 68, 161), fill="black")
    assert not left_over(sheet, words)


def test_words_of_the_layer_next_to_the_region_are_not_left_over(sheet):
    words = text(sheet[0])
    assert not left_over(sheet, [*words, *written(sheet[0], 60, 195, "a block below")])


def test_no_regions_no_work():
    assert unread(PageImage(0, Image.new("L", (9, 9)), 1, 1), [], []) == []
