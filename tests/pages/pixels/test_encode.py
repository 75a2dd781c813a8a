from __future__ import annotations

import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mineru_cli.pages.pixels.encode import encode, jpeg, png


@st.composite
def images(draw):
    mode = draw(st.sampled_from(["L", "RGB", "RGBX"]))
    size = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    length = size[0] * size[1] * len(mode)
    return Image.frombytes(mode, size, draw(st.binary(min_size=length, max_size=length)))


@given(images())
def test_png_decodes_to_the_same_pixels_and_mode(image):
    decoded = Image.open(BytesIO(png(image)))
    plain = image.convert("RGB") if image.mode == "RGBX" else image
    assert (decoded.mode, decoded.size, decoded.tobytes()) == (plain.mode, plain.size, plain.tobytes())


@given(images())
def test_a_grey_png_gives_the_server_the_pixels_of_its_rgb_twin(image):
    grey = image.getchannel(0)
    twin = Image.merge("RGB", (grey, grey, grey))
    assert Image.open(BytesIO(png(grey))).convert("RGB").tobytes() == twin.tobytes()


def test_png_has_correct_checksums():
    data, position, kinds = png(Image.new("RGB", (3, 2), "red")), 8, []
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        body = data[position + 4 : position + 8 + length]
        assert zlib.crc32(body).to_bytes(4, "big") == data[position + 8 + length : position + 12 + length]
        kinds.append(body[:4])
        position += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_png_refuses_what_it_cannot_keep():
    with pytest.raises(ValueError, match="CMYK"):
        png(Image.new("CMYK", (2, 2)))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBX"])
@pytest.mark.parametrize("image_format", ["jpeg", "webp"])
def test_lossy_formats_only_on_request(image_format, mode):
    data, media_type = encode(Image.new(mode, (20, 10), "red"), image_format)
    assert media_type == f"image/{image_format}"
    assert Image.open(BytesIO(data)).format == image_format.upper()


def test_default_format_is_lossless():
    image = Image.effect_noise((20, 10), 50)
    data, media_type = encode(image, "png")
    assert media_type == "image/png"
    assert Image.open(BytesIO(data)).tobytes() == image.tobytes()


def test_figures_are_jpeg():
    assert Image.open(BytesIO(jpeg(Image.new("L", (20, 10))))).format == "JPEG"
