"""What every recipe keeps to, whatever model it speaks to."""

from __future__ import annotations

import pickle
import re
from io import BytesIO

import pytest
from mineru_vl_utils.structs import BLOCK_TYPES
from PIL import Image, ImageDraw
from recipes.sessions import ScriptedSession, box, page_image, picture, recipe

from mineru_cli.domain.request import Completion
from mineru_cli.errors import (
    AuthenticationFailed,
    EngineUnavailable,
    MinerUBatchError,
    PageNotRecognised,
    RequestRejected,
    ServerFault,
    SettingsError,
)
from mineru_cli.recipes.page_layout import NetworkLayout
from mineru_cli.recipes.profiles.catalogue import profiles
from mineru_cli.recipes.recipe import RecipeOptions
from mineru_cli.recipes.registry import make_recipe
from mineru_cli.settings import Limits

pytestmark = pytest.mark.anyio

LAYOUT = box("title", 100, 50, 900, 100) + box("text", 100, 150, 900, 400) + box("table", 100, 410, 900, 600)
HTML = (
    '<html><body><h1 data-bbox="100 50 900 100">Title</h1><p data-bbox="100 150 900 400">Some text</p>'
    '<table data-bbox="100 410 900 600"><tr><td>a</td><td>b</td></tr></table></body></html>'
)
MARKDOWN = "# Title\n\nSome text\n\n| a | b |\n|---|---|\n| c | d |\n"
GROUNDED = (
    "<|ref|>title<|/ref|><|det|>[[100, 50, 900, 100]]<|/det|>\n# Title\n"
    "<|ref|>text<|/ref|><|det|>[[100, 150, 900, 400]]<|/det|>\nSome text\n"
    "<|ref|>table<|/ref|><|det|>[[100, 410, 900, 600]]<|/det|>\n<table><tr><td>a</td><td>b</td></tr></table>"
)
JSON = (
    '[{"bbox": [100, 50, 800, 100], "category": "Title", "text": "Title"},'
    ' {"bbox": [100, 150, 800, 400], "category": "Text", "text": "Some text"},'
    ' {"bbox": [100, 410, 800, 600], "category": "Table", "text": "<table><tr><td>a</td></tr></table>"}]'
)
DOCTAGS = (
    "<doctag><title><loc_50><loc_25><loc_450><loc_50>Title</title>"
    "<text><loc_50><loc_75><loc_450><loc_200>Some text</text>"
    "<otsl><loc_50><loc_205><loc_450><loc_300><fcel>a<fcel>b<nl></otsl></doctag>"
)
REPLY = {
    "html": HTML, "markdown": MARKDOWN, "front-matter": MARKDOWN, "grounding": GROUNDED, "layout-json": JSON,
    "doctags": DOCTAGS,
}  # fmt: skip
USED = {one.name: one for one in profiles() if not one.refuse}
PER_REGION = {name for name, one in USED.items() if one.recipe == "regions"}
SMALL = {name for name, one in USED.items() if one.recipe == "whole-page"}
FIRST = {name: LAYOUT if one.recipe == "mineru" else REPLY[one.reader] for name, one in USED.items()}
BLOCK = {"title": "Title", "text": "Some text", "table": "<fcel>a<fcel>b<nl>"}
HOSTILE = [
    "<" * 50_000,
    "<div>" * 20_000,
    "<table>" + "<tr><td rowspan=999999999 colspan=999999999>" * 3_000,
    "<fcel>" * 5_000 + "<nl><fcel>" * 5_000,
    "<|box_start|>" * 10_000,
    f"<|box_start|>{'9' * 9_000} 1 2 3<|box_end|><|ref_start|>text<|ref_end|>",
    box("text", 1, 1, 999, 999) * 2 + "\0\ud800\uffff",
    "".join(box("text", n % 500, n % 499, 501 + n % 400, 502 + n % 450) for n in range(4_000)),
    "```\n" + "\n" * 50_000,
    "<table>" * 10_000 + "</table>" * 5_000,
    "<table></table>" * 5_000,
    "[" * 50_000,
    "\\[" * 20_000,
    "> " * 20_000,
    "- " * 20_000,
    '<p data-bbox="' + "9" * 20_000 + '">x</p>',
    '<p data-bbox="nan inf -1 1e999">x</p>',
    "<script>alert(1)</script>" * 10,
    "&#0;&#xD800;&unknown;" * 100,
    "\x1b[31m\x07\u202e text",
]


EACH_KIND = list({(one.recipe, one.reader): one.name for one in USED.values()}.values())
"""One profile per recipe and reader: what the others differ in is data."""


@pytest.fixture(params=EACH_KIND)
def name(request):
    return request.param


@pytest.fixture(params=USED)
def every(request):
    return request.param


@pytest.fixture(params=[name for name in EACH_KIND if name not in PER_REGION])
def paged(request):
    """Recipes whose first request is about the whole page."""
    return request.param


def good(name):
    return lambda request, before: FIRST[name] if request.kind in ("layout", "page") else BLOCK[request.kind]


def always(reply):
    return lambda request, before: reply


async def read(name, script, *, mode="L", **options):
    session = ScriptedSession(script)
    one = recipe(name, **options)
    prepared = one.prepare(page_image(mode), None)
    return await one.read(prepared, session), session, prepared


async def test_name_is_the_registered_one(every):
    assert recipe(every).name == every


async def test_preparing_keeps_the_page_s_numbers_and_asks_one_lossless_question(name):
    prepared = recipe(name).prepare(page_image(), None)
    assert (prepared.index, prepared.width, prepared.height, prepared.layer) == (3, 612, 792, None)
    assert prepared.request.media_type == "image/png"
    assert picture(prepared.request).mode == "L"
    assert picture(recipe(name).prepare(page_image("RGB"), None).request).mode == "RGB"


async def test_preparing_twice_gives_the_same_bytes(name):
    page = page_image("RGB")
    assert recipe(name).prepare(page, None).request == recipe(name).prepare(page, None).request


async def test_a_good_page(every):
    reading, _, _ = await read(every, good(every))
    contents = [block.content for block in reading.blocks]
    assert contents[:2] == ["Title", "Some text"]
    assert contents[2].startswith("<table>")
    assert all(block.flaw is None and block.source == "model" for block in reading.blocks)


async def test_blocks_keep_to_the_domain(name):
    reading, _, _ = await read(name, good(name), mode="RGB")
    for block in reading.blocks:
        x0, y0, x1, y1 = block.bbox
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert block.type in BLOCK_TYPES
        assert not block.figure or block.figure in reading.figures
    for file, data in reading.figures.items():
        assert re.fullmatch(r"[0-9a-f]{64}\.jpg", file)
        assert Image.open(BytesIO(data)).format == "JPEG"
    assert pickle.loads(pickle.dumps(reading)) == reading


async def test_the_page_s_image_is_given_up(name):
    _, _, prepared = await read(name, good(name))
    assert prepared.image is None


async def test_a_blank_page_has_no_blocks(paged):
    reading, session, _ = await read(paged, always(""))
    assert reading.blocks == ()
    assert len(session.requests) == 1


async def test_a_truncated_reply_is_retried_with_freer_sampling_then_kept_with_its_flaw(paged):
    name = paged
    cut = Completion(FIRST[name], "length")
    first = ("layout", "page")
    reading, session, _ = await read(
        name,
        lambda request, before: cut if request.kind in first else BLOCK[request.kind],
        quality_attempts=3,
    )
    asked = [request.sampling.temperature for request in session.requests if request.kind in first]
    given = USED[name].temperatures[:3]
    warmer = [USED[name].sampling.temperature + step for step in (0.0, 0.3, 0.6)]
    assert asked == (pytest.approx(given or warmer))
    assert [block.flaw for block in reading.blocks][-1] == "truncated"
    assert reading.blocks[0].content == "Title"


async def test_a_second_good_answer_leaves_no_flaw(name):
    script = good(name)
    reading, session, _ = await read(
        name, lambda request, before: script(request, before) if before else Completion("cut", "length")
    )
    assert [block.flaw for block in reading.blocks] == [None] * 3
    assert len(session.requests) == (2 if name in SMALL else 8 if name == "mineru" else 6)


async def test_prose_instead_of_structure():
    for name in ("mineru", "qwenvl", "qwen3-vl", "dots-ocr", "granite-docling", "chandra-2"):
        with pytest.raises(PageNotRecognised):
            await read(name, always("I am sorry, I cannot read this page."))


@pytest.mark.parametrize("error", [RequestRejected("bad"), ServerFault("500"), AuthenticationFailed("401")])
async def test_errors_of_the_first_request_are_raised_as_they_are(paged, error):
    with pytest.raises(type(error)) as caught:
        await read(paged, always(error))
    assert caught.value is error


@pytest.mark.parametrize("reply", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_replies_give_bounded_blocks_or_our_error(name, reply):
    try:
        reading, _, _ = await read(
            name, always(reply), limits=Limits(max_blocks=50, max_reply_chars=50_000), quality_attempts=1
        )
    except MinerUBatchError:
        return
    assert len(reading.blocks) <= 50
    for block in reading.blocks:
        x0, y0, x1, y1 = block.bbox
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert len(block.content or "") < 1_000_000
        if block.type == "table":
            assert "<script" not in block.content


async def test_a_lossy_format_is_used_only_on_request(name):
    prepared = recipe(name, image_format="jpeg").prepare(page_image(), None)
    assert prepared.request.media_type == "image/jpeg"


def test_unknown_name():
    with pytest.raises(SettingsError) as caught:
        make_recipe("x", RecipeOptions("model", "png", Limits(), quality_attempts=1))
    assert caught.value.hint.startswith("choose one of: auto, mineru, ")


def test_a_recipe_per_region_without_the_layout_model(monkeypatch):
    monkeypatch.setattr("mineru_cli.recipes.registry.find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match="needs a layout model"):
        recipe("glm-ocr", layout=None)


def test_the_layout_network_finds_regions_and_what_it_misses():
    image = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(image)
    for row in range(20):  # a paragraph, and far from it one short line
        draw.text(
            (150, 200 + 40 * row), "Some words of a paragraph that goes on and on " * 2, 0, font_size=28
        )
    draw.text((900, 2000), "a lone line", 0, font_size=28)
    regions = NetworkLayout().regions(image)
    for x, y in ((400 / 1654, 500 / 2339), (950 / 1654, 2015 / 2339)):
        assert any(one.bbox[0] <= x <= one.bbox[2] and one.bbox[1] <= y <= one.bbox[3] for one in regions)
    assert [one.bbox[1] for one in regions] == sorted(one.bbox[1] for one in regions)
    assert NetworkLayout().regions(Image.new("L", (1654, 2339), 255)) == []


async def test_a_region_that_the_server_rejects_is_kept_with_its_flaw():
    reading, _, _ = await read(
        "glm-ocr", lambda request, before: RequestRejected("too long") if request.kind == "table" else "words"
    )
    assert [(block.type, block.content, block.flaw) for block in reading.blocks] == [
        ("title", "words", None), ("text", "words", None), ("table", None, "rejected"),
    ]  # fmt: skip


async def test_regions_are_requested_with_the_prompt_of_their_kind():
    _, session, _ = await read("paddleocr-vl", lambda request, before: "x")
    assert {request.kind: request.prompt for request in session.requests} == {
        "title": "OCR:", "text": "OCR:", "table": "Table Recognition:",
    }  # fmt: skip


async def test_a_rotated_page_is_turned_and_requested_again():
    front = "---\nis_rotation_valid: {}\nrotation_correction: {}\n---\n"
    figure = "![A map](page_0_0_100_50.png)\n\nwords"

    def script(request, before):
        first = not session.requests[:-1]
        return front.format("False", 90) + "sdrow" if first else front.format("True", 0) + figure

    session = ScriptedSession(script)
    one = recipe("olmocr-2")
    prepared = one.prepare(page_image(size=(800, 1000)), None)
    reading = await one.read(prepared, session)
    assert [picture(request).size for request in session.requests] == [(800, 1000), (1000, 800)]
    assert [(block.type, block.content, block.angle) for block in reading.blocks] == [
        ("image", "A map", 90), ("text", "words", 90),
    ]  # fmt: skip
    # The top left corner of the turned page is the bottom left one of the page as it lies.
    assert reading.blocks[0].bbox == pytest.approx((0.0, 1 - 100 / 1000, 50 / 800, 1.0))


async def test_requests_carry_the_fields_of_their_profile():
    for name, one in USED.items():
        if one.recipe != "whole-page":
            continue
        request = recipe(name).prepare(page_image(), None).request
        assert request.prompt == one.prompt
        assert request.fields == one.request.fields()
        assert request.text_first == (one.order == "text-first")
        assert request.skip_special_tokens == one.request.skip_special_tokens
