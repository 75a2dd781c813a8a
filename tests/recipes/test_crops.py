"""Crops against the library's own, pixel by pixel."""

from __future__ import annotations

import random
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mineru_vl_utils.structs import ContentBlock
from PIL import Image

from mineru_cli.recipes import mineru, vl
from mineru_cli.recipes.crops import crops, drop_inner_captions
from mineru_cli.recipes.recipe import RecipeOptions
from mineru_cli.settings import Limits, Rendering

NOISE = Image.effect_noise((310, 407), 90)
PAGES = {
    "L": NOISE,
    "RGB": Image.merge("RGB", (NOISE, NOISE.rotate(180), NOISE.transpose(Image.Transpose.FLIP_TOP_BOTTOM))),
}
TYPES = ["text", "title", "table", "image", "equation", "image_caption", "image_block", "list", "chart"]


@st.composite
def blocks(draw):
    x0, x1 = sorted(draw(st.lists(st.integers(0, 1000), min_size=2, max_size=2, unique=True)))
    y0, y1 = sorted(draw(st.lists(st.integers(0, 1000), min_size=2, max_size=2, unique=True)))
    return ContentBlock(
        draw(st.sampled_from(TYPES)),
        [x0 / 1000, y0 / 1000, x1 / 1000, y1 / 1000],
        draw(st.sampled_from([None, 0, 90, 180, 270])),
    )


def ours_and_theirs(page, layout):
    # Pictures inside tables are masked with random letters: the same seed gives the same ones.
    ours, theirs = deepcopy(layout), deepcopy(layout)
    random.seed(1)
    expected = vl.helper().prepare_for_extract(page, theirs)
    random.seed(1)
    kept = drop_inner_captions(ours)
    found = list(crops(page, kept, frozenset(), image_analysis=True))
    return kept, found, theirs, expected


@pytest.mark.parametrize("mode", PAGES)
@settings(max_examples=60, deadline=None)
@given(layout=st.lists(blocks(), max_size=6))
def test_same_blocks_prompts_and_pixels(mode, layout):
    kept, found, theirs, (images, prompts, _, numbers) = ours_and_theirs(PAGES[mode], layout)
    assert [crop.number for crop in found] == numbers
    assert [vl.prompt_for(kept[crop.number].type) for crop in found] == prompts
    assert kept == theirs  # the marks of absorbed pictures and their tokens as well
    for crop, image in zip(found, images, strict=True):
        assert crop.image.convert("RGB").tobytes() == image.tobytes()


@pytest.mark.parametrize("mode", PAGES)
@pytest.mark.parametrize("bbox", [[0.1, 0.1, 0.9, 0.101], [0.1, 0.1, 0.102, 0.9], [0.1, 0.1, 0.15, 0.15]])
def test_narrow_and_small_blocks(mode, bbox):
    page = PAGES[mode].resize((2000, 1500))
    _, (crop,), _, (images, *_) = ours_and_theirs(page, [ContentBlock("text", bbox, 90)])
    assert crop.image.convert("RGB").tobytes() == images[0].tobytes()


def test_a_grey_page_stays_grey():
    layout = [ContentBlock(kind, [0.1, 0.1, 0.9, 0.9], 90) for kind in ("text", "table")]
    assert {crop.image.mode for crop in crops(PAGES["L"], layout, frozenset(), image_analysis=True)} == {"L"}


def test_a_crop_without_colour_of_a_coloured_page_is_grey():
    page = Image.new("RGB", (200, 200), "white")
    page.paste("red", (0, 0, 50, 50))
    layout = [ContentBlock("text", [0.5, 0.5, 1.0, 1.0]), ContentBlock("text", [0.0, 0.0, 0.5, 0.5])]
    assert [crop.image.mode for crop in crops(page, layout, frozenset(), image_analysis=True)] == ["L", "RGB"]


def test_skipped_blocks_are_not_cut():
    layout = [ContentBlock("text", [0.0, 0.0, 0.5, 0.5]), ContentBlock("text", [0.5, 0.5, 1.0, 1.0])]
    assert [crop.number for crop in crops(PAGES["L"], layout, {0}, image_analysis=True)] == [1]


@pytest.mark.parametrize("mode", PAGES)
def test_the_layout_image(mode):
    from recipes.sessions import PageImage, picture

    options = RecipeOptions("model", Rendering().image_format, Limits(), 1)
    prepared = mineru.MinerURecipe(options).prepare(PageImage(0, PAGES[mode], 1, 1), None)
    expected = vl.helper().prepare_for_layout(PAGES[mode])
    assert picture(prepared.request).convert("RGB").tobytes() == expected.tobytes()
