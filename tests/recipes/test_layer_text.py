"""Regions that the model answers with nothing, on pages that have their own text."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont
from recipes.sessions import ScriptedSession, box, recipe

from mineru_cli.domain.request import Completion
from mineru_cli.errors import InvalidReply, RequestRejected
from mineru_cli.pages.page import PageImage, Word
from mineru_cli.pages.textlayer import TextLayer

pytestmark = pytest.mark.anyio

SIZE = (850, 1100)
FONT_SIZE = 22
LINES = {
    0.12: "the committee met at noon and the treasurer explained",
    0.15: "what the accounts of the summer have in store for all",
    0.30: "another paragraph stands below and has words as well",
}
FIRST = box("text", 95, 110, 797, 180)
FIRST_TEXT = f"{LINES[0.12]} {LINES[0.15]}"


class DrawnPage:
    """A page with lines of words on it, and these words as its text layer."""

    def __init__(self, lines: dict[float, str] | None = None) -> None:
        self.image = Image.new("L", SIZE, 255)
        self.words: list[Word] = []
        for number, (top, line) in enumerate((LINES if lines is None else lines).items()):
            self._draw(line, top, number)

    def _draw(self, line: str, top: float, number: int) -> None:
        font, draw = ImageFont.load_default(FONT_SIZE), ImageDraw.Draw(self.image)
        x, baseline = 0.1 * SIZE[0], top * SIZE[1] + FONT_SIZE
        for text in line.split():
            draw.text((x, baseline), text, fill=0, font=font, anchor="ls")
            left, upper, right, lower = draw.textbbox((x, baseline), text, font=font, anchor="ls")
            places = (left / SIZE[0], upper / SIZE[1], right / SIZE[0], lower / SIZE[1])
            self.words.append(
                Word(text, places, number, baseline / SIZE[1], 1.2 * FONT_SIZE / SIZE[1], raised=True)
            )
            x = right + 8

    def change(self, old: str, **values) -> None:
        """Change the words with the text ``old``."""
        self.words = [word._replace(**values) if word.text == old else word for word in self.words]

    def scribble(self, text: str, place: tuple[float, float]) -> None:
        """Draw something that is not in the layer."""
        font = ImageFont.load_default(FONT_SIZE)
        where = (place[0] * SIZE[0], place[1] * SIZE[1])
        ImageDraw.Draw(self.image).text(where, text, fill=0, font=font)

    async def read(self, layout: str, reply="", *, one=None, **options):
        """The reading of a model that sees ``layout`` and replies to everything else with ``reply``."""

        def script(request, before):
            if request.kind == "layout":
                return layout
            return reply(request) if callable(reply) else reply

        one = one or recipe("mineru", **{"text": "auto"} | options)
        page = PageImage(0, self.image, 612, 792)
        return await one.read(one.prepare(page, TextLayer(tuple(self.words))), ScriptedSession(script))


def facts(reading):
    return [(block.content, block.source, block.flaw) for block in reading.blocks]


@pytest.mark.parametrize(
    "reply", ["", " \n", "<|im_end|>", Completion("", "length"), InvalidReply("no choices")]
)
async def test_the_layer_s_words_stand_in(reply):
    reading = await DrawnPage().read(FIRST, reply)
    assert facts(reading) == [(FIRST_TEXT, "layer", "layer-text")]
    assert reading.figures == {}


@pytest.mark.parametrize(
    "kind", ["title", "list_item", "aside_text", "phonetic", "formula_number", "page_footnote"]
)
async def test_every_kind_of_text_is_helped(kind):
    reading = await DrawnPage().read(box(kind, 95, 110, 797, 180))
    assert [(block.content, block.flaw) for block in reading.blocks] == [(FIRST_TEXT, "layer-text")]


async def test_unknown_characters_are_marked_and_the_picture_is_kept():
    page = DrawnPage()
    page.change("noon", text="\U000f0854oon", unmapped=True, known="\ufffdoon")
    reading = await page.read(FIRST)
    ((content, source, flaw),) = facts(reading)
    assert (source, flaw) == ("layer", "empty")
    assert content == FIRST_TEXT.replace("noon", "\ufffdoon")
    assert set(reading.figures) == {reading.blocks[0].figure}


async def test_words_of_unknown_characters_alone_are_left_out_and_missed():
    page = DrawnPage()
    page.change("noon", text="xyz", unmapped=True, known="")
    ((content, _, flaw),) = facts(await page.read(FIRST))
    assert flaw == "empty"
    assert content == FIRST_TEXT.replace("noon ", "")


async def test_what_else_is_on_the_page_is_missed():
    page = DrawnPage()
    page.scribble("handwritten words", (0.1, 0.175))
    reading = await page.read(box("text", 95, 110, 797, 200))
    assert facts(reading) == [(FIRST_TEXT, "layer", "empty")]
    assert set(reading.figures) == {reading.blocks[0].figure}


async def test_a_refusal_stays_one():
    reading = await DrawnPage().read(FIRST, RequestRejected("400"))
    assert facts(reading) == [(FIRST_TEXT, "layer", "rejected")]


async def test_words_that_another_block_holds_are_not_repeated():
    def reply(request):
        return LINES[0.12] if request.image == seen[0] else ""

    seen = []
    layout = box("text", 90, 115, 930, 148) + box("text", 95, 110, 797, 180)
    page = DrawnPage()
    reading = await page.read(layout, lambda request: seen.append(request.image) or reply(request))
    assert facts(reading) == [(LINES[0.12], "model", None), (LINES[0.15], "layer", "layer-text")]


async def test_nested_regions_share_their_words():
    layout = box("text", 95, 110, 797, 180) + box("text", 90, 115, 930, 148)
    reading = await DrawnPage().read(layout)
    assert [block.content for block in reading.blocks] == [LINES[0.15], LINES[0.12]]


@pytest.mark.parametrize(("text", "taken"), [("auto", False), ("model", True)])
async def test_invisible_text_is_taken_where_the_mode_takes_it(text, taken):
    page = DrawnPage()
    page.words = [word._replace(drawn=False) for word in page.words]
    ((content, _, flaw),) = facts(await page.read(FIRST, text=text))
    assert (content, flaw) == ((FIRST_TEXT, "layer-text") if taken else (None, "empty"))


async def test_a_layer_that_is_not_trusted_is_not_taken():
    page = DrawnPage()
    page.words = [word._replace(text="\ue001\ue002") for word in page.words]
    assert facts(await page.read(FIRST)) == [(None, "model", "empty")]


async def test_a_region_without_words_is_lost():
    page = DrawnPage()
    page.scribble("this is a pictured line of words", (0.1, 0.5))
    assert facts(await page.read(box("text", 90, 490, 930, 540))) == [(None, "model", "empty")]


async def test_pictures_and_formulas_keep_their_picture():
    layout = box("image", 95, 110, 797, 180) + box("equation", 90, 290, 930, 330)
    reading = await DrawnPage().read(layout)
    assert not any(block.content for block in reading.blocks)
    assert all(block.figure for block in reading.blocks)


async def test_a_formula_that_the_server_does_not_read_has_its_characters():
    reading = await DrawnPage().read(box("equation", 90, 290, 930, 330), formulas=False)
    assert [(block.content, block.flaw) for block in reading.blocks] == [(LINES[0.30], "unread-formula")]


@pytest.mark.parametrize("reply", ["", "<ecel><ecel><nl>"])
async def test_a_table_s_words_are_kept_as_text(reply):
    (block,) = (await DrawnPage().read(box("table", 95, 110, 797, 180), reply)).blocks
    assert block.dropped == f"{LINES[0.12]}\n{LINES[0.15]}"
    assert (block.source, block.flaw) == ("model", "empty")


async def test_code_keeps_its_lines():
    reading = await DrawnPage().read(box("code", 95, 110, 797, 180))
    assert facts(reading) == [(f"{LINES[0.12]}\n{LINES[0.15]}", "layer", "layer-text")]


async def test_text_on_its_side_is_in_the_file_s_order():
    page = DrawnPage()
    page.words = [
        word._replace(
            quarter=90,
            bbox=(word.bbox[1], word.bbox[0], word.bbox[3], word.bbox[2]),
            baseline=word.bbox[0],
        )
        for word in page.words
    ]
    page.image = page.image.resize((1100, 850)).transpose(2).resize(SIZE)
    reading = await page.read(box("text", 110, 90, 180, 930, "right"))
    ((content, source, flaw),) = facts(reading)
    assert content == FIRST_TEXT
    assert (source, flaw) == ("layer", "empty")  # the rotated picture is not compared with the words


async def test_a_truncated_layout_stays_truncated():
    reading = await DrawnPage().read(Completion(FIRST + "<|box_start|>", "length"))
    assert [(block.content, block.flaw) for block in reading.blocks] == [(FIRST_TEXT, "truncated")]


@pytest.fixture
def regions_recipe():
    """Made outside of the event loop: reading the profile would block it."""
    return recipe("glm-ocr", text="auto")


async def test_models_that_read_regions_are_helped_as_well(regions_recipe):
    page = DrawnPage({0.06: LINES[0.12], 0.2: LINES[0.15], 0.23: LINES[0.30], 0.45: LINES[0.12]})
    reading = await page.read("", one=regions_recipe)
    title, text, table = reading.blocks
    assert title.content == LINES[0.12]
    assert text.content == f"{LINES[0.15]} {LINES[0.30]}"
    assert {title.source, text.source} == {"layer"}
    assert table.dropped == LINES[0.12]
    assert table.flaw == "empty"
