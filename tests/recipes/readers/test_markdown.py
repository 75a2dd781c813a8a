from __future__ import annotations

from itertools import pairwise

import pytest
from recipes.sessions import page_image, picture, recipe

from mineru_cli.recipes.readers.markdown import MarkdownReader
from mineru_cli.recipes.readers.markdown import markdown_blocks as blocks_of
from mineru_cli.recipes.readers.reader import WHOLE_PAGE, SeenPage

CASES = [
    ("# One\n\n### Two ###", [("doc_title", "One"), ("paragraph_title", "Two")]),
    ("Title\n=====\n\ntext", [("doc_title", "Title"), ("text", "text")]),
    ("a **bold** *i* `c`\nsecond", [("text", "a bold i c second")]),
    ("1\\. not a list \\* x\\_y", [("text", "1. not a list * x_y")]),
    ("inline $a_1 b_1$ and \\(x\\)", [("text", "inline $a_1 b_1$ and \\(x\\)")]),
    ("- one\n- two\n  - three", [("list_item", "- one"), ("list_item", "- two"), ("list_item", "- three")]),
    ("3. a\n4. b", [("list_item", "3. a"), ("list_item", "4. b")]),
    ("| a | b |\n|---|---|\n| 1 | <b>x |", [("table", "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td><b>x</b></td></tr></tbody></table>")]),
    ("x <table><tr><td>1\n\n2</td></tr></table> y", [("text", "x"), ("table", "<table><tr><td>1\n\n2</td></tr></table>"), ("text", "y")]),
    ("<table><caption>T 1</caption><tr><td>a", [("table_caption", "T 1"), ("table", "<table><tr><td>a</td></tr></table>")]),
    ("<table><tr><td>1<table><tr><td>2</td></tr></table></td><td>3</td></tr></table> y",
     [("table", "<table><tr><td>1<table><tr><td>2</td></tr></table></td><td>3</td></tr></table>"), ("text", "y")]),
    ("<table><tr><td>1 <table><tr><td>2</td></tr></table> y",
     [("table", "<table><tr><td>1 <table><tr><td>2</td></tr></table></td></tr></table>"), ("text", "y")]),
    ("<table><tr><td>cut", [("table", "<table><tr><td>cut</td></tr></table>")]),
    ("$$\nx^2 \\\\ y\n$$", [("equation", "\\[\nx^2 \\\\ y\n\\]")]),
    ("so $$x$$ and \\[y\\].", [("text", "so"), ("equation", "\\[\nx\n\\]"), ("text", "and"), ("equation", "\\[\ny\n\\]"), ("text", ".")]),
    ("price $$ is 5", [("text", "price $$ is 5")]),
    ("```py\nprint(1)\n```", [("code", "print(1)")]),
    ("> quoted\n> text", [("text", "quoted text")]),
    ("---", []),
    ("see [here](http://x) ![pic](y.png)", [("text", "see here")]),
    ("<div>html</div>", [("text", "html")]),
    ("<script>alert(1)</script>", [("text", "alert(1)")]),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("markdown", "parts"), CASES, ids=range(len(CASES)))
def test_parts(markdown, parts):
    assert [(block.type, block.content) for block in blocks_of(markdown, 100)] == parts


def test_a_fence_around_everything_is_taken_off():
    assert [block.type for block in blocks_of("```markdown\n# T\n\ntext\n```\n", 9)] == ["doc_title", "text"]


def test_a_fence_with_blank_lines_alone_ends():
    """A model in a loop of line breaks; quadratic work would take longer than a test may."""
    assert blocks_of("```\n" + "\n" * 200_000, 9) == []


def test_bands_follow_each_other_down_the_page():
    blocks = blocks_of("# T\n\nlong text here\n\nmore", 9)
    assert blocks[0].bbox[1] == 0.0
    assert blocks[-1].bbox[3] == 1.0
    for above, below in pairwise(blocks):
        assert above.bbox[3] == below.bbox[1]
        assert (above.bbox[0], above.bbox[2]) == (0.0, 1.0)


def test_blocks_are_bounded():
    assert len(blocks_of("x\n\n" * 50, 7)) == 7


def test_the_page_is_sent_no_longer_than_needed():
    prepared = recipe("markdown").prepare(page_image(size=(1700, 2200)), None)
    assert max(picture(prepared.request).size) == 1568
    assert prepared.image is None
    small = recipe("markdown").prepare(page_image(size=(200, 300)), None)
    assert picture(small.request).size == (200, 300)


def test_figures_with_a_place_of_olmocr():
    text = "Before.\n\n![A chart of sales](page_100_200_300_400.png)\n\nAfter."
    blocks = MarkdownReader().blocks(text, SeenPage(1000, 1000), 9)
    assert [(block.type, block.content) for block in blocks] == [
        ("text", "Before."), ("image", "A chart of sales"), ("text", "After."),
    ]  # fmt: skip
    assert blocks[1].bbox == (0.1, 0.2, 0.4, 0.6)


def test_figures_with_a_place_of_lightonocr():
    text = "Before.\n\n![image](image_1.png)100,200,300,400\n\nAfter."
    blocks = MarkdownReader().blocks(text, SeenPage(850, 1100, 1000), 9)
    assert [block.type for block in blocks] == ["text", "image", "text"]
    assert blocks[1].bbox == (0.1, 0.2, 0.3, 0.4)


def test_tags_of_nanonets():
    text = "<watermark>DRAFT</watermark>\n\nText.\n\n<img>A map of the town</img>\n\n<page_number>9/22</page_number>"
    blocks = MarkdownReader().blocks(text, SeenPage(850, 1100), 9)
    assert [(block.type, block.content) for block in blocks] == [
        ("aside_text", "DRAFT"), ("text", "Text."), ("image", "A map of the town"), ("page_number", "9/22"),
    ]  # fmt: skip
    assert blocks[2].bbox == WHOLE_PAGE  # not a place to cut a picture from
