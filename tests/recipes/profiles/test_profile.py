from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mineru_cli.recipes.profiles.catalogue import profile, profiles
from mineru_cli.recipes.readers.reader import SeenPage

RULED = [one for one in profiles() if one.image.min_pixels and one.image.max_pixels]
BOXED = [one for one in profiles() if one.box_scale is not None]


@pytest.mark.parametrize("one", RULED, ids=lambda one: one.name)
@given(width=st.integers(1, 3500), height=st.integers(1, 3500))
def test_sizes_are_whole_cells_within_the_model_s_bounds(one, width, height):
    rule = one.image
    across, down = rule.size(width, height)
    assert across % rule.multiple == down % rule.multiple == 0
    assert across * down <= rule.max_pixels
    assert across * down >= rule.min_pixels * 0.9


@pytest.mark.parametrize(("width", "height"), [(1654, 2339), (2339, 1654), (1000, 1000), (3500, 500)])
def test_the_longest_side_is_kept_to(width, height):
    across, down = profile("olmocr-2").image.size(width, height)
    assert max(across, down) == min(1288, max(width, height))
    assert abs(across / down - width / height) < 0.02 * width / height


def test_a_page_of_a4_keeps_its_shape():
    assert profile("qwenvl").image.size(1654, 2339) == (1064, 1484)


@pytest.mark.parametrize("one", BOXED, ids=lambda one: one.name)
@pytest.mark.parametrize("page", [(1654, 2339), (1700, 2200), (2339, 1654), (960, 540)])
def test_a_box_comes_back_where_it_was_drawn(one, page):
    """A box drawn on the page, found on the picture that is sent, and put back: within two pixels."""
    box = (page[0] // 4, page[1] // 3, page[0] // 2, page[1] // 2)
    image = Image.new("L", page, 255)
    ImageDraw.Draw(image).rectangle(box, fill=0)
    size = one.image.size(*page)
    sent = image.resize(size, Image.Resampling.BICUBIC) if size != page else image
    found = sent.point(lambda value: 255 if value < 128 else 0).getbbox()
    seen = SeenPage(*size, None if one.box_scale == "pixels" else one.box_scale)
    across, down = size if one.box_scale == "pixels" else (one.box_scale, one.box_scale)
    unit = (across / size[0], down / size[1]) * 2
    written = [side * factor for side, factor in zip(found, unit, strict=True)]
    if one.box_scale != "pixels" and one.box_scale >= 999:
        written = [round(number) for number in written]
    back = seen.bbox(written)
    for got, wanted, side in zip(back, (box[0], box[1], box[2] + 1, box[3] + 1), page * 2, strict=True):
        assert abs(got * side - wanted) <= 2
