from __future__ import annotations

import io

import corpus
import pytest
from PIL import Image
from tiffs import tiff

from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.errors import PageTooLarge, PageUnreadable
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering

CUT = (PageFlaw("truncated-image"),)
SIZE = (700, 900)
SENTENCE = "The quick brown fox jumps over the lazy dog. "
PICTURE = corpus.page_picture("\n".join(f"{line}: {SENTENCE}" for line in range(40)), SIZE)


def encoded(form, **options):
    with io.BytesIO() as file:
        PICTURE.save(file, form, **options)
        return file.getvalue()


FILES = {
    "JPEG": encoded("JPEG", quality=90),
    "PNG": encoded("PNG"),
    "TIFF": tiff(PICTURE.tobytes(), size=SIZE, t258=8, t262=1),
    "BMP": encoded("BMP"),
    "WebP": encoded("WEBP", quality=90),
}


def read(path, data, limits=Limits()):
    path.write_bytes(data)
    return open_document(str(path), "image", rendering=Rendering(), limits=limits).read(0)


def differing(page, box):
    """The greatest difference to the true picture inside ``box``."""
    there, true = page.image.convert("L").crop(box), PICTURE.crop(box)
    return max(abs(a - b) for a, b in zip(there.tobytes(), true.tobytes(), strict=True))


@pytest.mark.parametrize("form", FILES)
def test_a_file_that_ends_too_early_gives_what_is_there_on_white(tmp_path, form):
    page = read(tmp_path / "a", FILES[form][: int(len(FILES[form]) * 0.6)])
    assert page.flaws == CUT
    assert page.image.size == SIZE
    there, missing = ((450, 900), (0, 300)) if form == "BMP" else ((0, 350), (700, 900))
    assert differing(page, (0, there[0], 700, there[1])) < 60
    assert page.image.convert("L").crop((0, missing[0], 700, missing[1])).getextrema()[0] > 230


def test_a_progressive_jpeg_gets_coarser(tmp_path):
    data = encoded("JPEG", progressive=True)
    page = read(tmp_path / "a", data[: int(len(data) * 0.8)])
    assert page.flaws == CUT
    low, high = page.image.getextrema()
    assert high - low > 150


def test_jpeg_2000_gets_coarser(tmp_path):
    data = encoded("JPEG2000")
    page = read(tmp_path / "a", data[: int(len(data) * 0.8)])
    assert page.flaws == CUT
    low, high = page.image.getextrema()
    assert high - low > 150


@pytest.mark.parametrize(
    ("form", "bytes_lost"), [("JPEG", 1), ("JPEG", 2), ("PNG", 4), ("PNG", 12), ("PNG", 16)]
)
def test_a_file_that_lacks_no_pixel_is_whole(tmp_path, form, bytes_lost):
    page = read(tmp_path / "a", FILES[form][:-bytes_lost])
    whole = read(tmp_path / "b", FILES[form])
    assert not page.flaws
    assert page.image.tobytes() == whole.image.tobytes()


def test_the_jpeg_of_the_case(shared):
    path = shared / "cases/H18-jpeg-tail/j-2.jpg"
    page = open_document(str(path), "image", rendering=Rendering(), limits=Limits()).read(0)
    assert not page.flaws
    assert page.image.size == (1240, 900)


def test_a_picture_with_nothing_there_is_unreadable(tmp_path):
    data = FILES["PNG"]
    with pytest.raises(PageUnreadable):
        read(tmp_path / "a", data[: data.index(b"IDAT") + 6])


def test_a_whole_file_is_not_cut_short(tmp_path):
    for data in FILES.values():
        assert not read(tmp_path / "a", data).flaws


def test_limits_hold_for_cut_files(tmp_path):
    with pytest.raises(PageTooLarge):
        read(tmp_path / "a", FILES["JPEG"][:2000], Limits(max_pixels=1000))


def test_pillow_s_switch_is_left_as_it_was(tmp_path):
    from PIL import ImageFile

    read(tmp_path / "a", FILES["JPEG"][:9000])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.parametrize("options", [{"mode": "P"}, {"mode": "1"}, {"mode": "RGBA"}])
def test_other_modes(tmp_path, options):
    with io.BytesIO() as file:
        PICTURE.convert(options["mode"]).save(file, "PNG")
        data = file.getvalue()
    page = read(tmp_path / "a", data[: len(data) // 2])
    assert page.flaws == CUT
    assert page.image.convert("L").crop((0, 800, 700, 900)).getextrema() == (255, 255)
    assert Image.open(io.BytesIO(data)).size == page.image.size
