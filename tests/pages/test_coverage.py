"""The coverage check: text that a page shows and its result lacks."""

from __future__ import annotations

import pytest
from corpus import page_picture, prose
from PIL import Image, ImageDraw, ImageOps

from mineru_cli.domain.block import Block
from mineru_cli.pages.coverage import (
    PageEvidence,
    ink_missing,
    is_mostly_picture,
    lacks_ink,
    lacks_words,
    leaves_words_out,
    words_missing,
    words_outside,
)
from mineru_cli.pages.page import TextSample, Word
from mineru_cli.pages.pixels.encode import png
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.pages.writing import writing_of

SQUARE = (1036, 1036)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def picture(image: Image.Image) -> bytes:
    return png(image.convert("L").resize(SQUARE))


def layer(*lines: str) -> TextLayer:
    words = []
    for number, line in enumerate(lines):
        for place, text in enumerate(line.split()):
            left, top = 0.1 + 0.05 * place, 0.1 + 0.03 * number
            words.append(Word(text, (left, top, left + 0.04, top + 0.02), number, top + 0.018, 0.02))
    return TextLayer(tuple(words))


def alarm(evidence: PageEvidence, *blocks: Block) -> str:
    """What ``CoverageCheck`` finds, without a second look at the page."""
    flaw = None
    layer = evidence.trusted_layer()
    if lacks_words(evidence, blocks) and layer is not None:
        flaw = words_missing(layer, blocks)
    elif lacks_ink(evidence, blocks):
        flaw = ink_missing(evidence, blocks)
    return flaw.message if flaw else ""


def full_page() -> bytes:
    return picture(page_picture(prose("guard", 0, lines=40)))


def test_an_empty_result_for_a_page_full_of_text_is_an_alarm():
    assert alarm(PageEvidence(full_page())) == "blocks cover 0% of what looks like lines of text on it"


def test_blocks_over_the_text_are_no_alarm_even_with_little_in_them():
    assert alarm(PageEvidence(full_page()), Block("text", WHOLE, 0, "short")) == ""


def test_a_blank_page_stays_blank():
    assert alarm(PageEvidence(picture(Image.new("L", (800, 1100), 255)))) == ""


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda image: image.paste(Image.effect_noise(image.size, 90)), id="noise"),
        pytest.param(lambda image: image.paste(Image.linear_gradient("L").resize(image.size)), id="gradient"),
        pytest.param(
            lambda image: image.paste(Image.effect_mandelbrot(image.size, (-2, -1.5, 1, 1.5), 100)),
            id="picture",
        ),
        pytest.param(
            lambda image: [
                ImageDraw.Draw(image).line((0, y, 800, 1100 - y), fill=0, width=2) for y in range(0, 1100, 40)
            ],
            id="drawing",
        ),
    ],
)
def test_full_page_pictures_and_drawings_are_no_text(draw):
    image = Image.new("L", (800, 1100), 255)
    draw(image)
    assert alarm(PageEvidence(picture(image))) == ""


def test_one_short_line_of_the_layer_is_missed():
    assert (
        alarm(PageEvidence(b"", layer("June."), True))
        == "0 of the 1 words of its text layer are in the result"
    )


def test_words_of_the_layer_are_counted():
    text = layer("the treasurer of the parish council", "read the accounts for the year")
    assert alarm(PageEvidence(b"", text, True), Block("text", WHOLE, 0, "the treasurer of")) == (
        "3 of the 12 words of its text layer are in the result"
    )
    whole = Block("text", WHOLE, 0, "the treasurer of the parish council read the accounts for the year")
    assert alarm(PageEvidence(b"", text, True), whole) == ""


def test_words_in_tables_are_found_inside_the_markup():
    text = layer("apples 12", "pears 7")
    table = Block(
        "table", WHOLE, 0, "<table><tr><td>apples</td><td>12</td></tr><tr><td>pears</td></tr></table>"
    )
    assert alarm(PageEvidence(b"", text, True), table) == ""


def test_labels_in_a_picture_are_no_text_and_prose_is():
    assert alarm(PageEvidence(b"", layer("axis 1", "axis 2"), True), Block("image", WHOLE)) == ""
    prose_line = layer("the treasurer of the parish council read the accounts")
    assert alarm(PageEvidence(b"", prose_line, True), Block("image", WHOLE)) != ""


def test_other_words_of_the_same_length_are_a_misreading_and_no_gap():
    assert alarm(PageEvidence(b"", layer("Page one"), True), Block("text", WHOLE, 0, "Hello text 1")) == ""


def test_languages_without_spaces_are_compared_by_character():
    text = layer("漢字仮名交じり文")
    assert alarm(PageEvidence(b"", text, True)) == "0 of the 8 words of its text layer are in the result"
    assert alarm(PageEvidence(b"", text, True), Block("text", WHOLE, 0, "漢字 仮名交じり文")) == ""


def scan(lines: int = 40) -> Image.Image:
    return page_picture(prose("guard", 0, lines=lines)).convert("L").resize(SQUARE)


@pytest.mark.parametrize(("covered", "noticed"), [(1.0, False), (0.7, False), (0.5, True), (0.2, True)])
def test_a_scan_of_which_half_is_in_no_block_is_noticed(covered, noticed):
    evidence = PageEvidence(writing=(writing_of(scan()),))
    left, top, right, bottom = ImageOps.invert(scan()).getbbox()
    edge = (top + covered * (bottom - top)) / SQUARE[1]
    block = Block("text", (left / SQUARE[0], top / SQUARE[1], right / SQUARE[0], edge), 0, "text " * 500)
    assert bool(alarm(evidence, block)) == noticed


def test_a_scan_on_its_side_is_noticed_too():
    assert alarm(PageEvidence(writing=(writing_of(scan().transpose(Image.Transpose.ROTATE_90)),)))


def test_parts_of_a_page_are_looked_at_together():
    upper, lower = (0.0, 0.0, 1.0, 0.55), (0.0, 0.45, 1.0, 1.0)
    evidence = PageEvidence(writing=(writing_of(scan(), upper), writing_of(scan(), lower)))
    whole = Block("text", (0.0, 0.0, 1.0, 1.0), 0, "text")
    first_half = Block("text", (0.0, 0.0, 1.0, 0.5), 0, "text")
    assert alarm(evidence, whole) == ""
    assert alarm(evidence, first_half).startswith("blocks cover ")
    assert alarm(evidence) == "blocks cover 0% of what looks like lines of text on it"


def test_words_that_lie_in_no_block_are_missed_where_the_text_is_read_from_the_picture():
    text = layer("the treasurer of the parish council", "read the accounts for the year")
    places = tuple(
        ((word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2) for word in text.words
    )
    evidence = PageEvidence(sample=TextSample(60, places))
    second_line = Block("text", (0.1, 0.13, 0.5, 0.15), 0, "x")
    third_word_on = Block("text", (0.2, 0.1, 0.5, 0.15), 0, "x")
    first_word = Block("text", (0.1, 0.1, 0.14, 0.12), 0, "x")
    assert leaves_words_out(evidence, [])
    assert leaves_words_out(evidence, [first_word])
    assert not leaves_words_out(evidence, [second_line])
    assert not leaves_words_out(evidence, [third_word_on])
    assert not leaves_words_out(PageEvidence(), [])
    assert words_outside(text, [first_word]).message == "11 of the 12 words of its text layer lie in no block"
    assert words_outside(text, [second_line]) is None


def test_tags_of_tables_are_no_text():
    table = "<table>" + "<tr><td></td></tr>" * 100 + "</table>"
    assert lacks_words(PageEvidence(layer=layer("June.")), [Block("table", WHOLE, 0, table)])


def test_a_page_of_few_characters_is_a_picture_if_they_do_not_explain_its_size():
    assert is_mostly_picture(bytes(100_000), 0)
    assert is_mostly_picture(bytes(100_000), 30)
    assert not is_mostly_picture(bytes(50_000), 150)
    assert not is_mostly_picture(bytes(500_000), 2_000)
    assert not is_mostly_picture(bytes(5_000), 0)
