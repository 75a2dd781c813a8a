from __future__ import annotations

import sys
import warnings
from io import BytesIO

import corpus
import pytest
from PIL import Image, TiffImagePlugin

from mineru_cli.errors import DocumentCorrupt, PageTooLarge, PageUnreadable, UnsupportedDocument
from mineru_cli.pages.picture_formats import can_read_avif
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
    assert (page.width, page.height) == (size[1] * 72 / 200, size[0] * 72 / 200)
    assert page.image.getpixel((width // 2, height // 10)) < 30
    assert page.image.getpixel((width // 2, height * 9 // 10)) > 225


def test_points_are_those_that_mineru_gives_a_picture_whatever_its_resolution(read):
    assert read(GREY, "a.png", dpi=(150, 150)).width == 300 * 72 / 200
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
        (b"GIF89a", DocumentCorrupt),
        (corpus.text_pdf(["x"]), UnsupportedDocument),
        (b"\x89PNG\r\n\x1a\n", DocumentCorrupt),
        (corpus.tiff_bytes(["x"], (20, 20))[:60], DocumentCorrupt),
    ],
)
def test_what_cannot_be_opened(tmp_path, data, error):
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(error):
        open_document(str(tmp_path / "a.png"), "image", rendering=Rendering(), limits=Limits())


@pytest.mark.parametrize(("form", "name"), [("GIF", "a.gif"), ("JPEG2000", "a.jp2"), ("AVIF", "a.avif")])
def test_further_formats(read, form, name):
    if form == "AVIF" and not can_read_avif():
        pytest.skip("this Pillow has no AVIF")
    page = read(COLOUR, name)
    assert page.image.size == (300, 200)
    assert abs(page.image.convert("L").getpixel((150, 20)) - COLOUR.convert("L").getpixel((150, 20))) < 8


def test_heic_is_read_with_its_extra(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    heif.from_pillow(COLOUR).save(tmp_path / "a.heic", quality=90)
    page = open_document(str(tmp_path / "a.heic"), "image", rendering=Rendering(), limits=Limits()).read(0)
    assert page.image.size == (300, 200)


def test_heic_without_its_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(UnsupportedDocument) as caught:
        open_document(str(tmp_path / "a.heic"), "image", rendering=Rendering(), limits=Limits())
    assert caught.value.hint == "pip install '.[heif]' in a clone of mineru-batch"


@pytest.mark.parametrize(("name", "more"), [("a.gif", {}), ("a.png", {}), ("a.tif", {})])
def test_the_first_frame_stands_for_an_animation_and_a_tiff_has_pages(tmp_path, name, more):
    GREY.save(tmp_path / name, save_all=True, append_images=[GREY.rotate(180)], **more)
    document = open_document(str(tmp_path / name), "image", rendering=Rendering(), limits=Limits())
    assert document.page_count == (2 if name == "a.tif" else 1)
    assert document.read(0).image.convert("L").getpixel((5, 5)) < 20


def tiff_of(path, *kinds, tag=254):
    """A TIFF whose pictures have the subfile types ``kinds`` (None for no tag), each of another grey."""
    pictures = [Image.new("L", (40 - 4 * n, 30), 40 * n) for n in range(len(kinds))]
    with TiffImagePlugin.AppendingTiffWriter(str(path), new=True) as file:
        for picture, kind in zip(pictures, kinds, strict=True):
            info = TiffImagePlugin.ImageFileDirectory_v2()
            if kind is not None:
                info[tag] = kind
            picture.save(file, "TIFF", tiffinfo=info)
            file.newFrame()
    BytesIO.close(file)  # Pillow's writer leaves that to its finalizer, which Python 3.14 reports
    return open_document(str(path), "image", rendering=Rendering(), limits=Limits())


@pytest.mark.parametrize(
    ("kinds", "tag", "shades"),
    [
        ((None, 1, 1), 254, [0]),  # a pyramid
        ((1, 0), 254, [40]),  # a thumbnail first
        ((0, 4, 0, 5), 254, [0, 80]),  # masks, one of a smaller copy
        ((2, 2, 2), 254, [0, 40, 80]),  # pages, as fax machines mark them
        ((1, 2, 3), 255, [0, 80]),  # the old tag: full size, smaller copy, page
        ((1, 1), 254, [0, 40]),  # nothing but smaller copies: they are all there is
    ],
)
def test_smaller_copies_and_masks_in_a_tiff_are_no_pages(tmp_path, kinds, tag, shades):
    document = tiff_of(tmp_path / "a.tif", *kinds, tag=tag)
    assert document.page_count == len(shades)
    assert [document.read(n).image.getpixel((1, 1)) for n in range(len(shades))] == shades


def test_the_pyramid_of_the_case(shared):
    path = shared / "cases/H12-tiff-reduced-pages/pyramid.tif"
    document = open_document(str(path), "image", rendering=Rendering(), limits=Limits())
    assert document.page_count == 1
    assert document.read(0).image.size == (1240, 900)


def test_a_tiff_that_ends_inside_its_list_of_pages_has_lost_one(tmp_path):
    tiff_of(tmp_path / "whole.tif", None, None, None)
    data = (tmp_path / "whole.tif").read_bytes()
    with Image.open(tmp_path / "whole.tif") as image:
        image.seek(1)
        second = image._frame_pos[1]
    (tmp_path / "cut.tif").write_bytes(data[: second + 20])
    document = open_document(str(tmp_path / "cut.tif"), "image", rendering=Rendering(), limits=Limits())
    assert document.page_count == 2
    assert document.read(0).image.getpixel((1, 1)) == 0
    with pytest.raises(PageUnreadable):
        document.read(1)
