from __future__ import annotations

import base64
import hashlib
from io import BytesIO

import pytest
from PIL import Image
from recipes.sessions import ScriptedSession, box, page_image, picture, recipe

from mineru_cli.domain.request import Completion
from mineru_cli.errors import InvalidReply, ModelNotFound, PageNotRecognised, RequestRejected, ServerBusy
from mineru_cli.pages.page import Word
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.settings import Limits

pytestmark = pytest.mark.anyio


async def read(layout, blocks=lambda request, before: "hello", *, layer=None, page=None, **options):
    session = ScriptedSession(
        lambda request, before: layout if request.kind == "layout" else blocks(request, before)
    )
    one = recipe("mineru", **options)
    prepared = one.prepare(page or page_image(), layer)
    return await one.read(prepared, session), session


def kinds(session):
    return [request.kind for request in session.requests]


async def test_requests_as_the_model_knows_them():
    _, session = await read(box("table", 100, 100, 500, 500), lambda request, before: "<fcel>x<nl>")
    layout, table = session.requests
    assert (layout.prompt, table.prompt) == ("\nLayout Detection:", "\nTable Recognition:")
    assert layout.system == table.system == "You are a helpful assistant."
    assert not layout.skip_special_tokens
    assert not table.skip_special_tokens
    assert layout.sampling.no_repeat_ngram_size == table.sampling.no_repeat_ngram_size == 100
    assert picture(layout).size == (1036, 1036)
    assert picture(table).size == (340, 440)


async def test_end_tokens_are_no_text():
    reading, _ = await read(
        box("text", 100, 100, 500, 500) + "<|im_end|>", lambda request, before: "hello<|im_end|>"
    )
    assert [block.content for block in reading.blocks] == ["hello"]


async def test_blocks_in_the_layout_s_order_with_types_angles_and_merges():
    layout = (
        box("text", 500, 100, 900, 200)
        + box("list_item", 100, 300, 400, 400)
        + box("aside_text", 0, 0, 50, 900, "right")
        + box("text", 100, 500, 400, 600, tail="txt_contd_tgt")
    )
    reading, _ = await read(layout)
    assert [(block.type, block.angle, block.merge_prev) for block in reading.blocks] == [
        ("text", 0, False), ("text", 0, False), ("aside_text", 90, False), ("text", 0, True),
    ]  # fmt: skip


async def test_otsl_becomes_html_and_equations_get_brackets():
    layout = box("table", 100, 100, 500, 300) + box("equation", 100, 400, 500, 450)
    replies = {"table": "<fcel>a<b<fcel>b<nl>", "equation": "x^2"}
    reading, _ = await read(layout, lambda request, before: replies[request.kind])
    table, equation = reading.blocks
    assert table.content == "<table><tr><td>a&lt;b</td><td>b</td></tr></table>"
    assert equation.content == "\\[\nx^2\n\\]"
    assert table.figure
    assert equation.figure


async def test_a_server_that_reads_no_formulas_gives_their_characters():
    layout = box("equation", 100, 400, 500, 450) + box("equation", 100, 500, 500, 550)
    replies = iter(["x 2 = {{", ""])
    reading, session = await read(layout, lambda request, before: next(replies), formulas=False)
    assert [request.prompt for request in session.requests[1:]] == ["\nText Recognition:"] * 2
    assert [block.content or "" for block in reading.blocks] == ["x 2 = {{", ""]
    assert {block.flaw for block in reading.blocks} == {"unread-formula"}
    assert all(block.figure in reading.figures for block in reading.blocks)


async def test_pictures_are_saved_and_analysed_only_on_request():
    layout = box("image", 100, 100, 500, 500) + box("chart", 600, 100, 900, 500)
    reading, session = await read(layout)
    assert kinds(session) == ["layout", "image", "chart"]
    reading, session = await read(layout, image_analysis=False)
    assert kinds(session) == ["layout"]
    assert [block.content for block in reading.blocks] == [None, None]
    assert len(reading.figures) == 2
    sizes = [Image.open(BytesIO(reading.figures[block.figure])).size for block in reading.blocks]
    assert sizes == [(341, 441), (255, 441)]


async def test_pictures_inside_a_table_become_its_figures():
    layout = box("table", 0, 0, 1000, 500) + box("image", 100, 100, 400, 400)
    token = {}

    def answer(request, before):
        return "<fcel>[" + token["inside"] + "]<nl>"

    import mineru_vl_utils.post_process.table_image_processor as processor

    token["inside"] = "ACDG"
    original = processor._generate_uid
    processor._generate_uid = lambda length=4: "ACDG"
    try:
        reading, _ = await read(layout, answer)
    finally:
        processor._generate_uid = original
    (table,) = reading.blocks
    assert "data:" not in table.content
    (inner,) = set(reading.figures) - {table.figure}
    assert table.content == f'<table><tr><td><img src="images/{inner}"/></td></tr></table>'
    uri = b"data:image/jpeg;base64," + base64.b64encode(reading.figures[inner])
    assert inner == hashlib.sha256(uri).hexdigest() + ".jpg"


async def test_a_model_cannot_plant_files():
    planted = '<img src="data:image/jpeg;base64,AAAA"/>'
    reading, _ = await read(
        box("table", 0, 0, 900, 400) + box("text", 0, 500, 900, 900),
        lambda request, before: (
            f"<table><tr><td>{planted}</td></tr></table>" if request.kind == "table" else planted
        ),
    )
    assert reading.blocks[0].content == "<table><tr><td></td></tr></table>"
    assert set(reading.figures) == {reading.blocks[0].figure}


async def test_joined_equations_keep_a_figure():
    layout = (
        box("equation_block", 100, 100, 900, 500)
        + box("equation", 110, 110, 890, 290)
        + box("equation", 110, 310, 890, 490)
    )
    reading, _ = await read(layout, lambda request, before: "x")
    (block,) = reading.blocks
    assert block.content.count("x") == 2
    assert set(reading.figures) == {block.figure}


async def test_a_rejected_block_is_kept_empty_and_the_others_are_read():
    layout = box("text", 0, 0, 500, 100) + box("equation", 0, 200, 500, 300) + box("table", 0, 400, 500, 500)
    reading, _ = await read(
        layout, lambda request, before: "fine" if request.kind == "text" else RequestRejected("400")
    )
    assert [(block.content, block.flaw) for block in reading.blocks] == [
        ("fine", None), (None, "rejected"), (None, "rejected"),
    ]  # fmt: skip


async def test_a_block_without_a_usable_reply_is_missing():
    reading, _ = await read(box("text", 0, 0, 500, 100), lambda request, before: InvalidReply("no choices"))
    assert [(block.content, block.flaw) for block in reading.blocks] == [(None, "missing")]


@pytest.mark.parametrize("error", [ServerBusy("503"), ModelNotFound("404")])
async def test_other_errors_of_a_block_are_the_page_s(error):
    layout = "".join(box("text", 0, 100 * n, 500, 100 * n + 50) for n in range(8))
    with pytest.raises(type(error)) as caught:
        await read(layout, lambda request, before: error)
    assert caught.value is error


async def test_a_block_with_repetitions_is_requested_again_then_cut():
    circle = Completion("Start. " + "again and " * 200 + "aga", "repetition")
    reading, session = await read(box("text", 0, 0, 500, 100), lambda request, before: circle)
    assert [request.sampling.temperature for request in session.requests] == [0.0, 0.0, 0.3]
    assert session.requests[-1].sampling.top_k == 50
    (block,) = reading.blocks
    assert block.flaw == "repeated"
    assert block.content == "Start. again and"[: len(block.content)]


async def test_the_longer_of_two_cut_answers_is_kept():
    replies = [Completion("short", "length"), Completion("somewhat longer", "length")]
    reading, _ = await read(box("text", 0, 0, 500, 100), lambda request, before: replies[before])
    assert [(block.content, block.flaw) for block in reading.blocks] == [("somewhat longer", "truncated")]


async def test_long_replies_are_bounded():
    reading, _ = await read(
        box("text", 0, 0, 500, 100),
        lambda request, before: "word " * 1_000,
        limits=Limits(max_reply_chars=200),
    )
    assert [(len(block.content), block.flaw) for block in reading.blocks] == [(200, "truncated")]


async def test_a_table_of_400_million_cells_is_bounded():
    bomb = "<ecel>" * 10_000 + "<nl>" + "<ecel><nl>" * 10_000
    reading, _ = await read(box("table", 0, 0, 500, 100), lambda request, before: bomb)
    (block,) = reading.blocks
    assert block.flaw == "truncated"
    assert block.content.count("<td>") <= 20_000


async def test_a_layout_of_unknown_types_is_not_a_blank_page():
    with pytest.raises(PageNotRecognised):
        await read(box("poem", 0, 0, 500, 100))


async def test_a_second_layout_is_taken_when_the_first_is_prose():
    replies = ["Sorry.", box("text", 0, 0, 500, 100)]
    session = ScriptedSession(
        lambda request, before: replies[before] if request.kind == "layout" else "hello"
    )
    one = recipe("mineru")
    reading = await one.read(one.prepare(page_image(), None), session)
    assert [block.content for block in reading.blocks] == ["hello"]


def words_at(text, top):
    left, words = 0.1, []
    for part in text.split():
        right = left + 0.012 * len(part)
        words.append(Word(part, (left, top, right, top + 0.02), 0, top + 0.02, 0.025))
        left = right + 0.01
    return words


LAYERED = (
    box("text", 95, 95, 950, 125) + box("table", 95, 295, 950, 325) + box("text", 95, 495, 950, 525)
    + box("text", 95, 695, 950, 725, "left")
)  # fmt: skip
SENTENCE = "the words of this line are those of the file itself and no others"


def layer():
    words = [word for top in (0.1, 0.3, 0.7) for word in words_at(SENTENCE, top)]
    return TextLayer((*words, *words_at("\ufffd", 0.9)))


@pytest.mark.parametrize("text", ["auto", "layer"])
async def test_text_of_the_layer_is_not_requested(text):
    reading, session = await read(LAYERED, lambda request, before: "<fcel>x<nl>", layer=layer(), text=text)
    assert kinds(session) == ["layout", "table", "text", "text"]
    assert [block.source for block in reading.blocks] == ["layer", "model", "model", "model"]
    assert reading.blocks[0].content == SENTENCE


async def test_the_layer_is_left_alone_by_default():
    reading, session = await read(LAYERED, layer=layer())
    assert len(session.requests) == 5
    assert {block.source for block in reading.blocks} == {"model"}


async def test_an_untrusted_layer_is_not_used_but_kept_for_the_fallback():
    bad = TextLayer(tuple(words_at("\ue001\ue002 \ue003", 0.1)))
    one = recipe("mineru", text="auto")
    prepared = one.prepare(page_image(), bad)
    assert prepared.layer is bad
    assert not prepared.layer_trusted


async def test_all_blocks_from_the_layer_need_no_request():
    reading, session = await read(box("text", 95, 95, 950, 125), layer=layer(), text="auto")
    assert kinds(session) == ["layout"]
    assert [block.content for block in reading.blocks] == [SENTENCE]
