from __future__ import annotations

import warnings

import corpus
import pytest
from PIL import Image

from mineru_cli.errors import DocumentCorrupt, PageTooLarge, PageUnreadable, UnsupportedDocument
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering

GREY = Image.linear_gradient("L").resize((300, 200))
COLOUR = Image.merge("RGB", (GREY, GREY.rotate(180), GREY))


@pytest.fixture
def read(tmp_path):
    def save_and_read(image, name, *, index=0, limits=Limits(), **options):
        image.save(tmp_path / name, **options)
        return open_document(str(tmp_path / name), "image", rendering=Rendering(), limits=limits).read(index)

    return save_and_read


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
@pytest.mark.parametrize("image", [GREY, COLOUR])
def test_lossless_formats_keep_their_pixels(read, name, image):
    page = read(image, name)
    assert page.image.mode == image.mode
    assert page.image.tobytes() == image.tobytes()


@pytest.mark.parametrize("name", ["a.jpg", "a.webp"])
def test_lossy_formats(read, name):
    page = read(COLOUR, name)
    assert (page.image.mode, page.image.size) == ("RGB", (300, 200))


def test_rgb_without_colour_becomes_grey(read):
    page = read(Image.merge("RGB", (GREY, GREY, GREY)), "a.png")
    assert page.image.mode == "L"
    assert page.image.tobytes() == GREY.tobytes()


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_become_eight(read, name):
    wide = GREY.convert("I").point(lambda value: value * 257).convert("I;16")
    assert read(wide, name).image.tobytes() == GREY.tobytes()


def test_a_dark_picture_of_sixteen_bits_stays_dark(read):
    assert read(Image.new("I;16", (8, 8), 200), "a.png").image.getextrema() == (1, 1)


def test_one_bit_palette_and_cmyk(read):
    assert read(GREY.convert("1"), "a.png").image.mode == "L"
    assert read(GREY.convert("1"), "a.tif", compression="group4").image.getextrema() == (0, 255)
    assert read(COLOUR.convert("P"), "p.png").image.mode == "RGB"
    assert read(COLOUR.convert("CMYK"), "a.jpg").image.mode == "RGB"


def test_what_is_transparent_shows_paper(read):
    clear = COLOUR.convert("RGBA")
    clear.putalpha(0)
    assert read(clear, "a.png").image.getextrema() == (255, 255)
    half = Image.new("LA", (4, 4), (0, 128))
    assert read(half, "la.png").image.getextrema() == (127, 127)
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([10, 200, 30])
    assert read(palette, "p.png", transparency=0).image.getextrema() == (255, 255)


@pytest.mark.parametrize("size", [(300, 200), (200, 200), (5000, 1000)])
def test_exif_orientation_turns_picture_and_page(read, size):
    exif = Image.Exif()
    exif[0x112] = 6  # turn clockwise
    picture = Image.new("L", size, 255)
    picture.paste(0, (0, 0, size[0] // 2, size[1]))  # the left half becomes the top half
    page = read(picture, "a.jpg", exif=exif, dpi=(100, 100))
    width, height = page.image.size
    assert (page.width, page.height) == (size[1] * 72 / 100, size[0] * 72 / 100)
    assert page.image.getpixel((width // 2, height // 10)) < 30
    assert page.image.getpixel((width // 2, height * 9 // 10)) > 225


def test_points_come_from_the_file_s_resolution_when_believable(read):
    assert read(GREY, "a.png", dpi=(150, 150)).width == pytest.approx(144, abs=0.1)
    assert read(GREY, "a.jpg", dpi=(1, 1)).width == 300 * 72 / 200
    assert read(GREY, "b.png").width == 300 * 72 / 200


def test_pages_of_a_tiff(tmp_path):
    (tmp_path / "a.tif").write_bytes(corpus.tiff_bytes(["one", "two", "three"], (200, 300)))
    document = open_document(str(tmp_path / "a.tif"), "image", rendering=Rendering(), limits=Limits())
    assert document.page_count == 3
    pages = [document.read(index) for index in (2, 0, 1)]
    assert [page.index for page in pages] == [2, 0, 1]
    assert len({page.image.tobytes() for page in pages}) == 3


def test_an_animation_is_one_page(tmp_path):
    GREY.save(tmp_path / "a.webp", save_all=True, append_images=[GREY.rotate(180)])
    document = open_document(str(tmp_path / "a.webp"), "image", rendering=Rendering(), limits=Limits())
    assert document.page_count == 1


def test_large_pictures_are_shrunk_without_pillow_s_warning(read):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = read(Image.new("L", (10_000, 10_000), 200), "a.png", compress_level=1)
    assert page.image.size == (3500, 3500)
    assert page.width == 3600


def test_more_pixels_than_allowed(read):
    with pytest.raises(PageTooLarge, match="300 x 200"):
        read(GREY, "a.png", limits=Limits(max_pixels=59_999))


def test_pillow_s_own_guard_is_left_as_it_was(read):
    before = Image.MAX_IMAGE_PIXELS
    read(GREY, "a.png")
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"hello", UnsupportedDocument),
        (b"GIF89a" + bytes(20), UnsupportedDocument),
        (corpus.text_pdf(["x"]), UnsupportedDocument),
        (b"\x89PNG\r\n\x1a\n", DocumentCorrupt),
        (corpus.tiff_bytes(["x"], (20, 20))[:60], DocumentCorrupt),
    ],
)
def test_what_cannot_be_opened(tmp_path, data, error):
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(error):
        open_document(str(tmp_path / "a.png"), "image", rendering=Rendering(), limits=Limits())


@pytest.mark.parametrize("make", [corpus.png_bytes, corpus.jpeg_bytes, corpus.webp_bytes, corpus.bmp_bytes])
def test_a_cut_file_has_an_unreadable_page(tmp_path, make):
    data = make("hello", (400, 300))
    (tmp_path / "a").write_bytes(data[: len(data) // 2])
    with pytest.raises((PageUnreadable, DocumentCorrupt)):
        open_document(str(tmp_path / "a"), "image", rendering=Rendering(), limits=Limits()).read(0)
