from __future__ import annotations

import corpus
import pytest
from PIL import Image, ImageDraw

from mineru_cli.pages.parts import has_small_text, parts_of, text_height
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering

ORDINARY = {
    "A4": (595, 842), "A4 landscape": (842, 595), "Letter": (612, 792), "Legal": (612, 1008),
    "A3": (842, 1191), "A3 landscape": (1191, 842), "slide 16:9": (960, 540), "slide 4:3": (720, 540),
    "slide in pixels": (1920, 1080),
}  # fmt: skip


def read(tmp_path, size, text="Some words of text", **rendering):
    (tmp_path / "a.pdf").write_bytes(corpus.text_pdf([text], size))
    made = Rendering(**rendering)
    return open_document(str(tmp_path / "a.pdf"), "pdf", rendering=made, limits=Limits()).read(0)


def lines(size, height, count=40):
    picture = Image.new("L", size, 255)
    draw = ImageDraw.Draw(picture)
    for number in range(count):
        draw.text((40, 20 + 2 * height * number), "The quick brown fox jumps. " * 8, fill=0, font_size=height)
    return picture


@pytest.mark.parametrize("shape", ORDINARY)
def test_ordinary_shapes_are_looked_at_whole(tmp_path, shape):
    assert read(tmp_path, ORDINARY[shape]).parts is None


def test_a_long_page_gets_overlapping_parts_that_cover_it(tmp_path):
    page = read(tmp_path, (612, 3000))
    parts = page.parts
    assert parts.across == ((0.0, 1.0),)
    assert (parts.down[0][0], parts.down[-1][1]) == (0.0, pytest.approx(1.0))
    for before, after, seam in zip(parts.down, parts.down[1:], parts.seams_down[0], strict=False):
        assert after[0] < seam < before[1]
        assert before[1] - after[0] > 0.1 * (before[1] - before[0])
    for start, stop in parts.down:
        assert (stop - start) * page.image.height < 1.5 * page.image.width


def test_a_wide_page_is_cut_across(tmp_path):
    parts = read(tmp_path, (3000, 612)).parts
    assert len(parts.across) > 2
    assert len(parts.down) == 1


def test_a_long_page_keeps_its_resolution(tmp_path):
    assert read(tmp_path, (612, 3000)).image.size == (1700, 8334)
    assert max(read(tmp_path, (612, 3000), page_parts=False).image.size) == 3500
    assert read(tmp_path, (612, 3000), page_parts=False).parts is None
    width, height = read(tmp_path, (1000, 14000)).image.size
    assert width * height < 36_100_000


def test_a_long_picture_keeps_its_resolution(tmp_path):
    lines((1000, 9000), 20, 200).save(tmp_path / "a.png")
    page = open_document(str(tmp_path / "a.png"), "image", rendering=Rendering(), limits=Limits()).read(0)
    assert page.image.size == (1000, 9000)
    assert len(page.parts.down) > 5


def test_seams_lie_between_lines():
    page = lines((1000, 6000), 20, 149)
    parts = parts_of(500, 3000, page)
    for seam in parts.seams_down[0]:
        row = page.crop((0, round(seam * 6000), 1000, round(seam * 6000) + 1))
        assert row.getextrema() == (255, 255)


def test_text_height_is_about_that_of_its_letters():
    assert text_height(lines((2000, 3000), 30)) == pytest.approx(26, abs=6)
    assert text_height(Image.new("L", (2000, 3000), 255)) is None


def test_a_poster_with_small_text_gets_parts_and_one_with_large_text_none():
    small, large = lines((2400, 3400), 14, 110), lines((2400, 3400), 60, 28)
    assert has_small_text(2384, 3370, small)
    assert not has_small_text(2384, 3370, large)
    parts = parts_of(2384, 3370, small)
    assert len(parts.across) > 1
    assert len(parts.down) > 1
    assert parts_of(2384, 3370, large) is None
    assert parts_of(595, 842, small) is None
