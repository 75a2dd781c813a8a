from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from hypothesis import given, settings
from markdown_it import MarkdownIt

from mineru_cli.domain.block import PAGE_FURNITURE
from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.domain.page import PageResult
from mineru_cli.output import grid
from mineru_cli.output.formats.mineru3 import content_list
from mineru_cli.output.formats.mineru3.page_markdown import PageMarkdown
from mineru_cli.output.markdown import CleanMarkdown
from mineru_cli.output.prose import clean
from mineru_cli.output.tree.document import trees

from .published import markdown_of
from .random_pages import documents
from .sheets import block, failed, page, stacked, table


def text_of(*pages: PageResult) -> str:
    return markdown_of(pages, CleanMarkdown())


def test_a_page_of_everything_reads_like_this() -> None:
    blocks = (
        block("header", "Journal of Things", (0.1, 0.01, 0.9, 0.03)),
        block("title", "On *Things*", (0.1, 0.05, 0.9, 0.08)),
        block("paragraph_title", "1 Introduction", (0.1, 0.1, 0.9, 0.115)),
        block("text", r"Let \(x < y\) be # 1 in snake_case.", (0.1, 0.12, 0.9, 0.2)),
        block("equation", "\\[\nE = mc^2\n\\]", (0.1, 0.21, 0.7, 0.25)),
        block("formula_number", "(1)", (0.8, 0.22, 0.9, 0.24)),
        block("list", None, (0.1, 0.26, 0.9, 0.35)),
        block("text", "• first", (0.1, 0.26, 0.9, 0.3)),
        block("text", "• second", (0.1, 0.31, 0.9, 0.35)),
        block("table_caption", "Table 1", (0.1, 0.36, 0.9, 0.38)),
        block("table", table("a|b", "1|2"), (0.1, 0.39, 0.9, 0.5), figure="t.jpg"),
        block("table_footnote", "* none", (0.1, 0.51, 0.9, 0.53)),
        block("image", None, (0.1, 0.55, 0.9, 0.65), figure="i.jpg"),
        block("image_caption", "Figure 1", (0.1, 0.66, 0.9, 0.68)),
        block("code_caption", "Listing 1", (0.1, 0.7, 0.9, 0.72)),
        block("code", "```python\nprint('```')\n```", (0.1, 0.73, 0.9, 0.85)),
        block("page_footnote", "1 A note.", (0.1, 0.9, 0.9, 0.92)),
        block("page_number", "7", (0.5, 0.95, 0.55, 0.97)),
    )
    assert text_of(page(0, *blocks)) == (
        "# On \\*Things\\*\n\n"
        "## 1 Introduction\n\n"
        "Let $x < y$ be # 1 in snake_case.\n\n"
        "$$\nE = mc^2 \\tag{1}\n$$\n\n"
        "- first\n- second\n\n"
        "Table 1\n\n"
        "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>\n\n"
        "\\* none\n\n"
        "![](images/i.jpg)\n\n"
        "Figure 1\n\n"
        "Listing 1\n\n"
        "````python\nprint('```')\n````\n"
    )


def test_failed_and_fallback_pages_are_marked_for_people_and_programs() -> None:
    text = text_of(
        page(0, block("text", "One.")), failed(1, message="-->took\nlong"), failed(2, block("text", "Three."))
    )
    assert text == (
        "One.\n\n"
        "> **Page 2 could not be converted:** -->took long.\n\n"
        "<!-- mineru-batch: page 2 failed: page-timeout -->\n\n"
        "> **Page 3 could not be converted:** it took too long. "
        "What follows is text taken from the PDF's own text layer.\n\n"
        "<!-- mineru-batch: page 3 fallback: page-timeout -->\n\n"
        "Three.\n"
    )


def test_two_numbered_lists_in_a_row_stay_two() -> None:
    blocks = stacked(("list_item", "1. a"), ("list_item", "2. b"))
    again = page(1, *stacked(("list_item", "1. c")))
    assert MarkdownIt().render(text_of(page(0, *blocks), again)).count("<ol>") == 2


def test_a_list_that_counts_on_over_pages_stays_one() -> None:
    pages = page(0, *stacked(("list_item", "1. a"))), page(1, *stacked(("list_item", "2. b")))
    assert text_of(*pages) == "1. a\n\n2. b\n"


def test_a_table_of_contents_keeps_its_lines() -> None:
    assert (
        text_of(page(0, block("index", "1 Start ... 2\n2 End ... 9"))) == "- 1 Start ... 2\n- 2 End ... 9\n"
    )


def test_a_table_that_was_not_read_is_its_picture() -> None:
    assert text_of(page(0, block("table", None, figure="t.jpg"))) == "![](images/t.jpg)\n"
    assert text_of(page(0, block("equation", None, figure="e.jpg"))) == "![](images/e.jpg)\n"


def test_a_chart_shows_what_was_read_in_it() -> None:
    text = text_of(page(0, block("chart", table("a|1"), figure="c.jpg")))
    assert text == f"![](images/c.jpg)\n\n{table('a|1')}\n"


def test_an_empty_document_is_an_empty_file() -> None:
    assert text_of() == ""
    assert text_of(page(0)) == ""


TABLE_TAG = re.compile(r'</?t[a-z]+(?: \w+="\d+")*>')


def letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


@settings(max_examples=80, deadline=None)
@given(documents())
def test_no_letter_that_was_read_is_lost(pages: list[PageResult]) -> None:
    written = letters(unescape(TABLE_TAG.sub("", text_of(*pages))))
    for result in pages:
        for found in result.blocks:
            if found.type in PAGE_FURNITURE or not found.content:
                continue
            if found.type == "table" and grid.read(found.content):
                continue  # a repeated header is dropped on purpose; test_grid looks at the cells
            for line in clean(found.content).split("\n"):
                for word in unescape(TABLE_TAG.sub(" ", line)).split():
                    assert letters(word) in written


@settings(max_examples=40, deadline=None)
@given(documents())
def test_nothing_of_a_model_becomes_raw_html(pages: list[PageResult]) -> None:
    tokens = MarkdownIt("commonmark").parse(text_of(*pages))
    raw = [
        t.content for token in tokens for t in (token, *(token.children or ())) if t.type.startswith("html")
    ]
    assert all(piece.startswith(("<table>", "<!-- mineru-batch: ", "<!-- -->")) for piece in raw)


def test_a_formula_that_was_not_read_is_its_picture_and_its_characters() -> None:
    formula = replace(
        block("equation", "x 2 *y*", (0.1, 0.2, 0.9, 0.3)), flaw="unread-formula", figure="f.jpg"
    )
    for text in (text_of(page(0, formula)), markdown_of([page(0, formula)], PageMarkdown())):
        shown, characters, *_ = text.replace("  \n", "\n\n").split("\n\n")
        assert shown == "![](images/f.jpg)"
        assert characters.split() == ["x", "2", r"\*y\*"]
        assert "> **The formula above was not read (page 1):**" in text
        assert "<!-- mineru-batch: page 1 remark: unread-formula -->" in text
    (item,) = content_list.items(next(iter(trees([page(0, formula)]))))
    assert (item["type"], item["text_format"], item["img_path"], item["flaw"]) == (
        "equation", "plain", "images/f.jpg", "unread-formula",
    )  # fmt: skip


def test_lost_content_is_marked_at_its_place() -> None:
    lost = replace(block("text", None, (0.1, 0.2, 0.9, 0.3)), flaw="rejected", figure="crop.jpg")
    cut = replace(block("text", "and so on", (0.1, 0.4, 0.9, 0.5)), flaw="truncated")
    fine = replace(block("text", "Round.", (0.1, 0.6, 0.9, 0.7)), flaw="repeated")
    first = replace(page(0, block("text", "Before.", (0.1, 0.1, 0.9, 0.15)), lost, cut, fine), flaws=(
        PageFlaw("uncovered", "3 of the 9 words of its text layer are in the result"), PageFlaw("unmapped-text"),
    ))  # fmt: skip
    assert text_of(first).split("\n\n") == [
        "> **Page 1 is incomplete:** 3 of the 9 words of its text layer are in the result.",
        "<!-- mineru-batch: page 1 incomplete: uncovered -->",
        "Before.",
        "> **Text is missing here (page 1):** the server refused to read a region.",
        "![](images/crop.jpg)",
        "<!-- mineru-batch: page 1 incomplete: rejected -->",
        "and so on",
        "> **Text is missing here (page 1):** the answer was cut before its end.",
        "<!-- mineru-batch: page 1 incomplete: truncated -->",
        "Round.\n",
    ]
