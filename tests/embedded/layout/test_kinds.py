"""What paragraphs are: above all, that text is not taken for running headers and so lost."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mineru_cli.embedded.geometry import Box, LineBox, Skew
from mineru_cli.embedded.ink import Rules
from mineru_cli.embedded.layout.kinds import body_of, classify_block, with_a_body
from mineru_cli.embedded.layout.page import UprightPage
from mineru_cli.embedded.layout.paragraphs import TextParagraph
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.text.lines import text_line

SIDE = 1000


def paragraph(top, *texts, left=100, width=800, kind="body", stroke=2.0):
    """Lines 14 pixels high, 20 apart, on a page of 1000 x 1000; all but the last are full."""
    widths = [width] * (len(texts) - 1) + [min(width, 8 * len(texts[-1]))]
    lines = tuple(
        text_line([LineBox(left + w / 2, top + 7 + 20 * n, w, 20, tight=14)], Skew())
        for n, w in enumerate(widths)
    )
    return TextParagraph(lines, kind, stroke), texts


def prose(top, lines=4):
    return paragraph(top, *["words that run on"] * lines)


def named(*written, visuals=(), rules=()):
    """The kinds that the paragraphs of a page are given."""
    texts = {(p.lines[0].box.x0, p.lines[0].box.y0): said[0] for p, said in written}
    page = UprightPage(
        image=Image.new("RGB", (SIDE, SIDE), "white"),
        fragments=tuple(part for p, _ in written for line in p.lines for part in line.parts),
        sideways=(),
        regions=(),
        skew=Skew(),
        dark=np.zeros((SIDE, SIDE), np.float32),
        mask=np.zeros((SIDE, SIDE), bool),
        rules=Rules(tuple(rules), ()),
        peek=lambda box: OcrReading(texts.get((box.x0, box.y0), "some words"), 0.99),
        look=lambda box: OcrReading("some words", 0.99),
    )
    paragraphs = [p for p, _ in written]
    return [classify_block(p, page, body_of(paragraphs), visuals) for p in paragraphs]


HEAD = paragraph(40, "A Running Head", kind="header")


def test_a_running_head_stands_clear_of_the_text():
    assert named(HEAD, prose(100), prose(200), prose(300))[0] == "header"


@pytest.mark.parametrize(
    "last", ["(c) What does the river carry?", "[7] Dvorak, A. Mills. doi:10.1000/182", "Jansen, open access"]
)
def test_the_last_entry_of_a_list_is_no_imprint(last):
    entries = [paragraph(top, "[6] An entry", "with a second line") for top in range(700, 880, 50)]
    assert "footer" not in named(prose(100), *entries, paragraph(900, last, "and its second line"))


@pytest.mark.parametrize("last", ["(c) 2019 Harbour Press", "© Harbour Press", "doi:10.1000/182"])
def test_an_imprint_stands_apart_from_the_text(last):
    assert named(prose(560), prose(660), prose(760), paragraph(900, last))[-1] == "footer"


def test_a_title_close_to_the_text_is_none_whatever_the_network_says():
    title = paragraph(70, "The Evolution of the Word Processor", kind="header", stroke=3.0)
    assert named(title, prose(100), prose(200), prose(300))[0] == "title"


def test_white_as_between_all_paragraphs_says_nothing():
    first = paragraph(60, "(which is not confined to food retailing).", kind="header")
    assert named(first, prose(100, 2), prose(160, 2), prose(220, 2), prose(280, 2))[0] == "text"


def test_a_caption_at_the_top_of_the_page_is_not_a_running_head():
    caption = paragraph(60, "Table 8.12 - Own brand shares", left=380, width=240, kind="header")
    table = ("table", Box(200, 90, 800, 300))
    assert named(caption, prose(400), visuals=[table])[0] == "table_caption"


def test_a_rule_makes_a_running_head_unless_it_heads_a_table():
    rule, table = Box(100, 58, 900, 60), ("table", Box(100, 75, 900, 300))
    left = paragraph(40, "Renewal of the Lighting", left=100)
    middle = paragraph(40, "Pesticides", left=460, width=80)
    assert named(left, prose(400), rules=[rule], visuals=[table])[0] == "header"
    assert named(middle, prose(400), rules=[rule], visuals=[table])[0] == "text"


def test_a_line_without_text_below_it_is_not_a_running_head():
    assert named(paragraph(40, "This is a link", kind="header")) == ["text"]
    assert named(paragraph(20, "Big"), paragraph(60, "Foo: bar", kind="header"))[1] == "text"


def test_a_page_of_running_heads_alone_has_them_for_its_text():
    assert with_a_body(["header", "page_number"]) == ["text", "page_number"]
    assert with_a_body(["header", "text", "footer"]) == ["header", "text", "footer"]


@pytest.mark.parametrize(("top", "kind"), [(820, "page_number"), (700, "text")])
def test_a_number_in_the_lowest_fifth_that_ends_the_page_is_its_number(top, kind):
    assert named(prose(100), paragraph(top, "12", left=490))[1] == kind


def test_a_year_in_large_type_is_not_a_page_number():
    year = TextParagraph((text_line([LineBox(150, 60, 90, 40, tight=30)], Skew()),), "body", 4.0)
    assert named((year, ("2024",)), prose(150), prose(300))[0] == "text"


@pytest.mark.parametrize(("text", "kind"), [("7 Projects whose cost", "page_footnote"), ("P. Cross", "text")])
def test_a_footnote_as_large_as_the_text_begins_with_its_mark(text, kind):
    short_rule = Box(100, 890, 300, 892)
    assert named(prose(100), paragraph(900, text), rules=[short_rule])[1] == kind
