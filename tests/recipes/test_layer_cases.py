"""What blocks get from the layer of pages that were once read wrongly."""

from __future__ import annotations

import anyio.to_thread
import pytest
from recipes.sessions import ScriptedSession, box, page_image, recipe

from mineru_cli.pages.page import Word
from mineru_cli.pages.reader import open_document
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.settings import Limits, Rendering

pytestmark = pytest.mark.anyio


def opened(path):
    document = open_document(str(path), "pdf", rendering=Rendering(), limits=Limits())
    page = document.read(0)
    layer, lacking = document.text_layer(0, page), document.may_lack_fonts(0)
    document.close()
    return page, layer, lacking


async def convert(path, layout, *, text="auto"):
    page, layer, _ = await anyio.to_thread.run_sync(opened, path)
    return await read(layout, page, layer, text=text)


async def read(layout, page, layer, *, text="auto"):
    session = ScriptedSession(
        lambda request, before: layout if request.kind == "layout" else "from the model"
    )
    one = recipe("mineru", text=text)
    prepared = one.prepare(page, layer)
    prepared.flaws = layer.flaws
    reading = await one.read(prepared, session)
    return [(block.content, block.source) for block in reading.blocks], prepared.flaws


PARAGRAPHS = [(110, 130, 850, 200), (110, 200, 880, 330)]


@pytest.mark.parametrize("text", ["auto", "layer"])
async def test_a_covered_name_is_in_no_block(shared, text):
    path = shared / "cases/H02-covered-text/v1-redacted.pdf"
    blocks, _ = await convert(path, "".join(box("text", *sides) for sides in PARAGRAPHS), text=text)
    assert len(blocks) == 2
    assert "committee" in blocks[0][0]
    assert not any("Quentin" in content or "Marlowe" in content for content, _ in blocks)


async def test_white_words_are_in_no_block(shared):
    path = shared / "cases/H02-covered-text/mid-white.pdf"
    blocks, _ = await convert(path, box("text", 110, 105, 870, 200))
    ((content, source),) = blocks
    assert source == "layer"
    assert "and the treasurer explained" in content.replace("\n", " ")


async def test_values_that_are_not_in_the_layer_are_read_by_the_model(shared):
    path = shared / "cases/H01-ink-not-in-layer/v6-form-values.pdf"
    blocks, _ = await convert(path, box("text", 110, 75, 540, 108) + box("text", 115, 225, 730, 285))
    assert blocks == [("Application for membership", "layer"), ("from the model", "model")]


@pytest.mark.parametrize("text", ["auto", "layer"])
async def test_codes_are_not_text_and_the_rest_is(shared, text):
    path = shared / "cases/H04-codes-as-text/unmapped-mac.pdf"
    blocks, flaws = await convert(
        path, box("text", 110, 105, 860, 160) + box("text", 115, 200, 390, 220), text=text
    )
    assert blocks[0][1] == "layer"
    assert blocks[1] == ("from the model", "model")
    assert [flaw.code for flaw in flaws] == ["unmapped-text"]


async def test_text_without_a_font_comes_from_the_layer(shared):
    path = shared / "cases/H09-cjk-not-embedded/noembed-STSong-Light.pdf"
    _, layer, lacking = await anyio.to_thread.run_sync(opened, path)
    assert lacking
    if not any(word.missing_font for word in layer.words):
        pytest.skip("this machine has a Chinese font")
    assert [(flaw.code, flaw.lost) for flaw in layer.flaws] == [("missing-font", True)]
    assert "STSong-Light" in layer.flaws[0].message
    blocks, flaws = await convert(path, "")
    assert [content for content, _ in blocks] == [
        "仓库库存清单",
        "本月仓库共收到货物三百二十箱，其中两箱在运输途中受潮。",
        "管理员已通知供应商，并要求在十天之内补发。",
    ]
    assert flaws == ()
    _, flaws = await convert(path, "", text="model")
    assert [flaw.code for flaw in flaws] == ["missing-font"]


def words(text, top, left=0.1, **more):
    made = []
    for part in text.split():
        right = left + 0.01 * len(part)
        made.append(Word(part, (left, top, right, top + 0.015), 0, top + 0.015, 0.02, **more))
        left = right + 0.01
    return made


async def test_words_in_two_blocks_are_read_in_the_smaller_one():
    layer = TextLayer((*words("the first line of it", 0.1), *words("shared by both", 0.125)), unseen=0)
    layout = box("text", 95, 95, 400, 145) + box("text", 95, 123, 250, 143)
    blocks, _ = await read(layout, page_image(), layer, text="layer")
    assert [content for content, _ in blocks] == ["the first line of it", "shared by both"]


async def test_a_block_all_of_whose_words_are_read_in_others_is_dropped():
    layer = TextLayer((*words("one line", 0.1), *words("another line", 0.125)), unseen=0)
    layout = box("text", 90, 90, 300, 150) + box("text", 95, 97, 250, 118) + box("text", 95, 122, 250, 143)
    blocks, _ = await read(layout, page_image(), layer, text="layer")
    assert [content for content, _ in blocks] == ["one line", "another line"]


async def test_undrawn_lines_stand_where_they_would_be_read():
    undrawn = words("字体", 0.3, missing_font="Song")
    layer = TextLayer((*words("above it", 0.1), *undrawn, *words("below it", 0.5)), unseen=0)
    layout = box("text", 95, 95, 300, 120) + box("text", 95, 495, 300, 520)
    blocks, _ = await read(layout, page_image(), layer, text="layer")
    assert [content for content, _ in blocks] == ["above it", "字体", "below it"]


async def test_a_layer_that_lies_off_its_ink_is_not_believed():
    layer = TextLayer(tuple(words("some words that happen to be on ink", 0.1)), unseen=30)
    blocks, _ = await read(box("text", 95, 95, 500, 120), page_image(), layer)
    assert blocks == [("from the model", "model")]
