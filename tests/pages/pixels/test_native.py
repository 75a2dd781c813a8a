"""The compiled loops, as they are with AVX2, without it, and without SSE2: the same to the bit."""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

import hatch_build
from mineru_cli.pages.pixels import native as pixels

pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
ROOT = Path(__file__).parents[3]
BUILDS = {"as installed": [], "sse2": ["-D__builtin_cpu_supports(name)=0"], "any": ["-U__SSE2__"]}
SHADES = st.sampled_from([0, 1, 127, 128, 254, 255])


@pytest.fixture(scope="module", params=BUILDS, ids=list(BUILDS), autouse=True)
def library(request, tmp_path_factory):
    """Both builds of the source in turn, in the place of the one that is installed."""
    target = tmp_path_factory.mktemp("build") / "libpixels.so"
    command = ["cc", *hatch_build.FLAGS, "-Werror", *BUILDS[request.param]]
    subprocess.run([*command, "-o", target, ROOT / hatch_build.SOURCE, "-lm"], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pixels, "LIBRARY", target)
        forget()
        yield
    forget()


def forget() -> None:
    pixels._library.cache_clear()
    pixels.built.cache_clear()


def bytes_of(image: Image.Image) -> bytes:
    return image.tobytes("raw", image.mode)


def shrinks_as_pillow_does(image: Image.Image, size: tuple[int, int]) -> bool:
    ours = pixels.shrink(bytes_of(image), image.mode, image.size, size)
    theirs = image.resize(size, Image.Resampling.BICUBIC)
    assert ours is not None
    return (ours.mode, ours.size, bytes_of(ours)) == (theirs.mode, theirs.size, bytes_of(theirs))


@st.composite
def papers(draw):
    """White with blocks of grey or of noise anywhere on it."""
    mode = draw(st.sampled_from(["L", "RGBX"]))
    page = Image.new(mode, (draw(st.integers(12, 90)), draw(st.integers(12, 120))), (255,) * len(mode))
    for _ in range(draw(st.integers(0, 4))):
        x, y = draw(st.integers(0, page.width - 1)), draw(st.integers(0, page.height - 1))
        size = draw(st.integers(1, page.width - x)), draw(st.integers(1, page.height - y))
        noise = random.Random(draw(st.integers(0, 99))).randbytes(size[0] * size[1] * pixels.UNITS[mode])
        shade = (draw(SHADES),) * len(mode)
        block = Image.frombytes(mode, size, noise) if draw(st.booleans()) else Image.new(mode, size, shade)
        page.paste(block, (x, y))
    return page


def test_it_is_there_and_agrees_with_pillow():
    assert pixels.built()


@given(papers(), st.tuples(st.integers(8, 70), st.integers(8, 70)))
def test_every_pixel_is_pillows(page, size):
    smallest = [2 * -(-2 * before // after) + 2 for before, after in zip(page.size, size, strict=True)]
    if any(before < needed for before, needed in zip(page.size, smallest, strict=True)):
        return  # too little to filter: see below
    assert shrinks_as_pillow_does(page, size)


@pytest.mark.parametrize("mode", ["L", "RGBX"])
@pytest.mark.parametrize(
    "size", [(1654, 2339), (1700, 2200), (2339, 1654), (800, 3500), (3500, 800), (1036, 1036), (1037, 1035)]
)
def test_sizes_of_real_pages(mode, size):
    noise = random.Random(size[0]).randbytes(size[0] * size[1] * pixels.UNITS[mode])
    assert shrinks_as_pillow_does(Image.frombytes(mode, size, noise), (1036, 1036))


@pytest.mark.parametrize(
    ("before", "after"), [((7, 100), (8, 8)), ((100, 7), (8, 8)), ((100, 100), (7, 8)), ((9, 9), (8, 8))]
)
def test_what_is_too_small_is_left_to_pillow(before, after):
    shrunk = pixels.shrink(bytes(before[0] * before[1]), "L", before, after)
    image = Image.new("L", before).resize(after, Image.Resampling.BICUBIC)
    assert shrunk is None or bytes_of(shrunk) == bytes_of(image)
    assert shrunk is None or min(*before, *after) >= 8


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (640, 480)])
@pytest.mark.parametrize("where", [0, -1, None])
def test_grey_is_found_to_the_last_pixel(size, where):
    grey = random.Random(1).randbytes(size[0] * size[1])
    page = Image.merge("RGB", [Image.frombytes("L", size, grey)] * 3)
    if where is not None:
        place = (0, 0) if where == 0 else (size[0] - 1, size[1] - 1)
        red, green, blue = page.getpixel(place)
        page.putpixel(place, (red, green, blue ^ 1))
    found = pixels.grey(page.convert("RGBX").tobytes(), size)
    assert found == (bytearray(grey) if where is None else None)


def test_any_of_three_bands_makes_colour():
    for pixel in ((1, 0, 0, 7), (0, 1, 0, 7), (0, 0, 1, 7)):
        assert pixels.grey(bytes(pixel), (1, 1)) is None
    assert pixels.grey(bytes((9, 9, 9, 7)), (1, 1)) == b"\x09"


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.integers(1, 40)), max_size=30))
def test_what_was_packed_comes_back(parts):
    data = b"".join(part * times for part, times in parts) + bytes(4000)
    packed = pixels.pack(data)
    if packed is not None:
        assert len(packed) <= len(data) // 2
        assert pixels.unpack(packed, len(data)) == data


def test_paper_packs_well_and_noise_not_at_all():
    page = Image.new("L", (1000, 1003), 255)
    page.paste(0, (100, 100, 200, 200))
    packed = pixels.pack(bytearray(page.tobytes()))
    assert packed is not None
    assert len(packed) < page.width * page.height / 20
    assert pixels.unpack(packed, page.width * page.height) == page.tobytes()
    assert pixels.pack(random.Random(2).randbytes(100_000)) is None


def test_memory_of_others_can_be_looked_at():
    page = Image.new("RGBX", (64, 64), (255, 255, 255, 255))
    theirs = (ctypes.c_ubyte * (64 * 64 * 4)).from_buffer(bytearray(page.tobytes()))
    small = pixels.shrink(theirs, "RGBX", page.size, (32, 32))
    assert small is not None
    assert ImageChops.difference(small.convert("RGB"), Image.new("RGB", (32, 32), "white")).getbbox() is None


def test_what_the_loops_make_is_the_same_after_the_registers_are_cleared():
    page = Image.frombytes("L", (300, 200), random.Random(3).randbytes(60_000))
    before = pixels.shrink(page.tobytes(), "L", page.size, (100, 70))
    pixels.zero_upper_vector_registers()
    after = pixels.shrink(page.tobytes(), "L", page.size, (100, 70))
    assert before is not None
    assert after is not None
    assert after.tobytes() == before.tobytes()


@pytest.mark.parametrize("order", [True, False])
def test_where_pillow_does_otherwise_the_loops_are_not_used(order, monkeypatch):
    if not order and not pixels._passes_depend_on_shape():
        pytest.skip("this Pillow always begins with the rows")
    pixels.built.cache_clear()
    monkeypatch.setattr(pixels, "_columns_first", lambda before, after: order)
    assert not pixels.built()
    pixels.built.cache_clear()


@pytest.mark.parametrize("source", [None, "int mineru_shrink(void) { return 0; }"], ids=["none", "old"])
def test_without_the_library_or_with_one_of_another_version_there_is_nothing(source, monkeypatch, tmp_path):
    if source:
        (tmp_path / "old.c").write_text(source)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "old.so", tmp_path / "old.c"], check=True)
    monkeypatch.setattr(pixels, "LIBRARY", tmp_path / "old.so")
    forget()
    assert not pixels.built()
    assert pixels.shrink(bytes(10_000), "L", (100, 100), (50, 50)) is None
    assert pixels.grey(bytes(4), (1, 1)) is None
    assert pixels.pack(bytes(10_000)) is None
    pixels.zero_upper_vector_registers()
    forget()
