"""How sure the model was goes from the replies to the blocks, whatever the recipe."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from recipes.sessions import ScriptedSession, box, page_image, recipe

from mineru_cli.domain.confidence import TokenProbabilities
from mineru_cli.domain.request import Completion
from mineru_cli.errors import PageNotRecognised
from mineru_cli.recipes.profiles.catalogue import profiles
from tests.vllm_double.contract import END_TOKEN

pytestmark = pytest.mark.anyio


def said(text: str, *values: float) -> Completion:
    """A reply in equal tokens with these probabilities."""
    step = math.ceil(len(text) / len(values))
    texts = tuple(text[start : start + step] for start in range(0, len(text), step))
    return Completion(text, "stop", tokens=TokenProbabilities(texts, values[: len(texts)]))


async def read(name: str, script, **options):
    made = recipe(name, **options)
    page = made.prepare(page_image(), None)
    return (await made.read(page, ScriptedSession(script))).blocks


def layout(*kinds: tuple[str, float]) -> Completion:
    """A layout whose numbers are wild guesses and whose types have these probabilities."""
    texts, values = [], []
    for number, (kind, value) in enumerate(kinds):
        line = box(kind, 100, 100 + 200 * number, 900, 250 + 200 * number)
        head, _, tail = line.partition("<|ref_start|>")
        texts += [head, "<|ref_start|>" + tail]
        values += [0.01, value]
    return Completion("".join(texts), "stop", tokens=TokenProbabilities((*texts, END_TOKEN), (*values, 1.0)))


async def test_a_block_has_its_type_and_its_content_but_not_its_box():
    def script(request, before):
        return layout(("title", 0.5), ("text", 0.9)) if request.kind == "layout" else said("word", 0.8, 0.6)

    title, text = await read("mineru", script)
    assert (title.confidence.mean, title.confidence.lowest) == (pytest.approx((0.5 + 0.8 + 0.6) / 3), 0.5)
    assert (text.confidence.mean, text.confidence.lowest) == (pytest.approx((0.9 + 0.8 + 0.6) / 3), 0.6)


async def test_a_picture_without_analysis_has_only_its_type():
    def script(request, before):
        return layout(("image", 0.7))

    (picture,) = await read("mineru", script, image_analysis=False)
    assert (picture.confidence.mean, picture.confidence.tokens) == (pytest.approx(0.7), 1)


async def test_equations_that_are_joined_bring_flaw_and_confidence():
    boxes = (
        box("equation_block", 100, 100, 900, 500)
        + box("equation", 110, 110, 890, 280)
        + box("equation", 110, 300, 890, 490)
    )
    answers = iter([said("a = b", 0.9), said("c = d", 0.5)])

    def script(request, before):
        if request.kind == "layout":
            return boxes
        if request.kind == "equation" and before == 0:
            return next(answers)
        raise AssertionError(request.kind)

    (joined,) = await read("mineru", script)
    assert (joined.confidence.mean, joined.confidence.lowest) == (pytest.approx(0.7), 0.5)


async def test_joined_equations_keep_the_flaw_of_one_that_was_cut():
    boxes = (
        box("equation_block", 100, 100, 900, 500)
        + box("equation", 110, 110, 890, 280)
        + box("equation", 110, 300, 890, 490)
    )

    def script(request, before):
        return boxes if request.kind == "layout" else Completion("a = b +", "length")

    (joined,) = await read("mineru", script)
    assert joined.flaw == "truncated"
    assert joined.confidence is None


async def test_regions_have_a_value_each():
    blocks = await read("paddleocr-vl", lambda request, before: said("<fcel>x<nl>", 0.8, 0.4))
    assert [round(block.confidence.mean, 3) for block in blocks] == [0.6] * 3


async def test_a_whole_page_has_one_value_for_all_of_its_blocks():
    blocks = await read("markdown", lambda request, before: said("# A title\n\nAnd its text.", 0.9, 0.8, 0.1))
    assert len(blocks) == 2
    assert {(round(block.confidence.mean, 3), block.confidence.lowest) for block in blocks} == {(0.6, 0.1)}


@pytest.mark.parametrize("name", [one.name for one in profiles() if not one.refuse])
async def test_without_probabilities_there_is_no_value(name):
    def script(request, before):
        return box("text", 1, 2, 900, 900) if request.kind == "layout" else "Some words."

    made = recipe(name)
    page = made.prepare(page_image(), None)
    with suppress(PageNotRecognised):  # prose is not the form of every model
        reading = await made.read(page, ScriptedSession(script))
        assert all(block.confidence is None for block in reading.blocks)
