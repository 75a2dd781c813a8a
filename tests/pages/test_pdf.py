from __future__ import annotations

import os

import corpus
import pypdfium2
import pytest
from PIL import Image, ImageChops

from mineru_cli.errors import (
    DocumentCorrupt,
    DocumentEncrypted,
    DocumentError,
    NoPages,
    PageTooLarge,
    PageUnreadable,
    TooManyPages,
    UnsupportedDocument,
)
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering


@pytest.fixture
def opened(tmp_path):
    documents = []

    def open_bytes(data, *, name="a.pdf", passwords=(), rendering=Rendering(), limits=Limits()):
        path = os.path.join(tmp_path, name)
        with open(path, "wb") as file:
            file.write(data)
        document = open_document(path, "pdf", passwords=passwords, rendering=rendering, limits=limits)
        documents.append(document)
        return document

    yield open_bytes
    for document in documents:
        document.close()


def peer_image(path, index, password=None):
    """The page as MinerU renders it."""
    with pypdfium2.PdfDocument(path, password=password) as document:
        page = document[index]
        scale = min(200 / 72, 3500 / max(page.get_size()))
        return page.render(scale=scale).to_pil()


def same_pixels(one, other):
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def test_a_page_without_colour_is_grey_and_has_mineru_s_pixels(opened, tmp_path):
    page = opened(corpus.text_pdf(["hello world", "two"])).read(1)
    assert (page.index, page.image.mode, page.width, page.height) == (1, "L", 595, 842)
    assert same_pixels(page.image.convert("RGB"), peer_image(tmp_path / "a.pdf", 1))


def test_real_pages_have_mineru_s_pixels(shared):
    folder = shared / "pdfs"
    modes = set()
    for name in ("digital/2305.03393v1-pg9.pdf", "digital/right_to_left_01.pdf", "tables/eu-002.pdf"):
        document = open_document(str(folder / name), "pdf", rendering=Rendering(), limits=Limits())
        image = document.read(0).image
        modes.add(image.mode)
        assert same_pixels(image.convert("RGB"), peer_image(folder / name, 0)), name
        document.close()
    assert modes == {"L", "RGBX"}


def test_form_fields_are_drawn(shared):
    path = shared / "pdfs/sample-files/libreoffice-form.pdf"
    document = open_document(str(path), "pdf", rendering=Rendering(), limits=Limits())
    assert not same_pixels(document.read(0).image.convert("RGB"), peer_image(path, 0))
    document.close()


def test_rotation_is_applied(opened):
    page = opened(corpus.rotated_pdf("hello", 90)).read(0)
    assert (page.width, page.height) == (842, 595)
    assert page.image.width > page.image.height


def test_a_200_inch_page_gives_a_bounded_image(opened):
    page = opened(corpus.huge_page_pdf()).read(0)
    assert page.image.size == (3500, 3500)
    assert page.width == 14_400


@pytest.mark.parametrize("max_side", [333, 1000, 1999, 3333])
def test_no_image_exceeds_the_requested_length(opened, max_side):
    document = opened(corpus.text_pdf(["x"]), rendering=Rendering(max_side=max_side, dpi=600))
    assert max(document.read(0).image.size) in (max_side, max_side - 1)


def test_a_large_picture_within_the_limit_is_read(opened):
    assert opened(corpus.huge_image_pdf(4_000, 4_000)).read(0).image.size == (1653, 2339)


def test_a_picture_beyond_the_limit_is_refused_before_it_is_decoded(opened):
    with pytest.raises(PageTooLarge, match="5040000000"):
        opened(corpus.pixel_bomb_pdf()).read(0)


def test_passwords_are_tried_in_turn(opened):
    data = corpus.encrypted_pdf(["secret"], "geheim")
    assert opened(data, passwords=("wrong", "geheim")).read(0).image.size
    with pytest.raises(DocumentEncrypted, match="needed"):
        opened(data)
    with pytest.raises(DocumentEncrypted, match="none of the given"):
        opened(data, passwords=("wrong",))


def test_a_password_that_is_not_needed_does_no_harm(opened):
    assert opened(corpus.text_pdf(["x"]), passwords=("any",)).page_count == 1


def test_the_real_password_pdf(shared):
    path = str(shared / "pdfs/sample-files/libreoffice-writer-password.pdf")
    document = open_document(path, "pdf", passwords=("openpassword",), rendering=Rendering(), limits=Limits())
    assert document.read(0).image.getextrema() == (0, 255)
    document.close()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"hello", UnsupportedDocument),
        (corpus.png_bytes("x"), UnsupportedDocument),
        (corpus.truncated(corpus.text_pdf(["x"] * 5)), DocumentCorrupt),
        (b"%PDF-1.4\n%%EOF\n", DocumentCorrupt),
        (corpus.zero_page_pdf(), NoPages),
    ],
)
def test_what_cannot_be_opened(opened, data, error):
    with pytest.raises(error) as caught:
        opened(data)
    assert type(caught.value) is error


def test_more_pages_than_allowed(opened):
    with pytest.raises(TooManyPages, match="3 pages"):
        opened(corpus.text_pdf(["x"] * 3), limits=Limits(max_pages=2))


def test_a_broken_page_leaves_the_others(opened):
    document = opened(corpus.broken_page_pdf(["a", "b"], 0))
    with pytest.raises(PageUnreadable):
        document.read(0)
    shown = document.read(1)
    with pytest.raises(PageUnreadable):
        document.text_layer(0, shown)


@pytest.mark.parametrize("name", ['it\'s "odd"\n.pdf', "n\udcff.pdf", "中文 文件.pdf"])
def test_names_of_any_kind(opened, name):
    assert opened(corpus.text_pdf(["x"]), name=name).page_count == 1


@pytest.mark.parametrize("seed", range(30))
def test_damaged_files_end_in_our_errors_or_in_pages(opened, seed):
    try:
        document = opened(corpus.mutated(corpus.text_pdf(["some text", "more"]), seed))
        for index in range(document.page_count):
            page = document.read(index)
            assert isinstance(page.image, Image.Image)
            document.text_layer(index, page)
    except DocumentError:
        return


def test_reading_keeps_nothing(opened):
    """Bitmaps are closed at once, the page when it is released: pypdfium2 tracks what a document still holds."""
    document = opened(corpus.text_pdf(["a"] * 3))
    for index in range(3):
        document.text_layer(index, document.read(index))
    document.release_page()
    kept = [kid for reference in document._document._kids if (kid := reference()) and kid.raw]
    assert kept == []  # pypdfium2 5.0 keeps references to what was closed
    document.close()
    document.close()


def test_a_released_page_can_be_read_again(opened):
    document = opened(corpus.text_pdf(["one", "two"]))
    before = document.read(0)
    document.release_page()
    document.release_page()
    assert same_pixels(before.image, document.read(0).image)
    assert [word.text for word in document.text_layer(0, before).words] == ["one"]
