from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipes.sessions import ScriptedSession, page_image, picture, recipe

from mineru_cli.recipes.qwenvl import CELL, MAX_PIXELS, MIN_PIXELS, model_size
from mineru_cli.recipes.qwenvl_html import blocks_of, shows_places

PAGE = """```html
<html><body>
<h1 data-bbox="100 50 900 90">A <b>Title</b> &amp; more</h1>
<h2 data-bbox="100 92 900 98">Section</h2>
<p data-bbox="100 100 900 200">Some text<br>next <i>line</i> x<sub>1</sub> tail</p>
<ol data-bbox="100 210 900 300"><li data-bbox="100 210 900 240">one</li><li>two</li></ol>
<ul data-bbox="100 300 900 310"><li>point</li></ul>
<table data-bbox="100 310 900 400" class="t1"><caption>Table 1</caption>
<tr><td rowspan="2" onclick="x">a</td><td>b</td></tr><tr><td>c</td></tr></table>
<div class="formula" data-bbox="100 410 300 440"><img data-bbox="100 410 300 440"/><div>$$x^2$$</div></div>
<div class="image caption" data-bbox="100 500 900 700"><img data-bbox="100 500 900 650"/>
<p data-bbox="100 660 900 700">Figure 1</p></div>
<div class="chart" data-bbox="100 710 500 780"><img data-bbox="100 710 500 780"/>
<table><tr><td>9</td></tr></table></div>
<img data-bbox="600 710 900 780">
<pre data-bbox="100 790 900 800">def f():
    pass</pre>
<div class="footer" data-bbox="100 990 900 999">7</div>
</body></html>
```"""


def test_elements_become_blocks():
    blocks = blocks_of(PAGE, (1000, 1000), 100)
    assert [(block.type, block.content) for block in blocks] == [
        ("doc_title", "A Title & more"),
        ("paragraph_title", "Section"),
        ("text", "Some text next line x1 tail"),
        ("list", None),
        ("list_item", "1. one"),
        ("list_item", "2. two"),
        ("list", None),
        ("list_item", "- point"),
        ("table_caption", "Table 1"),
        ("table", '<table><tr><td rowspan="2">a</td><td>b</td></tr><tr><td>c</td></tr></table>'),
        ("equation", "\\[\nx^2\n\\]"),
        ("image", None),
        ("image_caption", "Figure 1"),
        ("chart", None),
        ("table", "<table><tr><td>9</td></tr></table>"),
        ("image", None),
        ("code", "def f():\n    pass"),
        ("footer", "7"),
    ]
    assert blocks[0].bbox == (0.1, 0.05, 0.9, 0.09)
    assert blocks[5].bbox == (0.1, 0.21, 0.9, 0.3)  # an item without a place has that of its list
    assert blocks[11].bbox == (0.1, 0.5, 0.9, 0.65)


def test_text_between_elements_is_not_lost():
    blocks = blocks_of('loose <b>one</b><p data-bbox="1 1 9 9">two</p>three', (10, 10), 9)
    assert [block.content for block in blocks] == ["loose one", "two", "three"]
    assert blocks[0].bbox == (0.0, 0.0, 1.0, 1.0)


def test_a_cut_reply_keeps_what_is_there():
    blocks = blocks_of('<p data-bbox="1 1 9 5">whole</p><p data-bbox="1 6 9 9">cut in the midd', (10, 10), 9)
    assert [block.content for block in blocks] == ["whole", "cut in the midd"]


@pytest.mark.parametrize(
    ("given", "bbox"),
    [
        ("5 5 1 1", (0.1, 0.1, 0.5, 0.5)),
        ("-5 0 99 99", (0.0, 0.0, 1.0, 1.0)),
        ("1.5 2 3 4", (0.15, 0.2, 0.3, 0.4)),
        ("1,2,3,4", (0.1, 0.2, 0.3, 0.4)),
        ("1 1 1 1", (0.0, 0.0, 1.0, 1.0)),
        ("1 2 3", (0.0, 0.0, 1.0, 1.0)),
        ("x", (0.0, 0.0, 1.0, 1.0)),
    ],
)
def test_places(given, bbox):
    (block,) = blocks_of(f'<p data-bbox="{given}">x</p>', (10, 10), 9)
    assert block.bbox == bbox


def test_scripts_styles_and_comments_are_dropped():
    html = '<p data-bbox="1 1 9 9">a<script>x()</script><!-- c -->b<style>p{}</style></p>'
    assert [block.content for block in blocks_of(html, (10, 10), 9)] == ["ab"]


def test_blocks_are_bounded():
    assert len(blocks_of('<p data-bbox="1 1 9 9">x</p>' * 50, (10, 10), 7)) == 7


@pytest.mark.parametrize("text", ['<p data-bbox="1 2 3 4">', "", "```html\n<html><body></body></html>\n```"])
def test_usable(text):
    assert shows_places(text)


@pytest.mark.parametrize("text", ["I cannot.", "<p>text</p>", "# Title"])
def test_not_usable(text):
    assert not shows_places(text)


@given(st.integers(1, 3500), st.integers(1, 3500))
def test_sizes_are_whole_cells_within_the_model_s_bounds(width, height):
    across, down = model_size(width, height)
    assert across % CELL == down % CELL == 0
    assert across * down <= MAX_PIXELS
    assert across * down >= MIN_PIXELS * 0.9


def test_a_page_of_a4_keeps_its_shape():
    across, down = model_size(1654, 2339)
    assert (across, down) == (1064, 1484)


@pytest.mark.anyio
async def test_places_are_those_of_the_picture_that_was_sent():
    one = recipe("qwenvl")
    page = page_image(size=(850, 1100))
    prepared = one.prepare(page, None)
    width, height = picture(prepared.request).size
    session = ScriptedSession(
        lambda request, before: f'<img data-bbox="0 0 {width // 2} {height}"><p data-bbox="0 0 9 9">x</p>'
    )
    reading = await one.read(prepared, session)
    assert reading.blocks[0].bbox == (0.0, 0.0, 0.5, 1.0)
    assert list(reading.figures) == [reading.blocks[0].figure]
    assert session.requests[0].prompt == "QwenVL HTML"


@pytest.mark.anyio
async def test_a_picture_without_a_place_is_not_the_whole_page():
    one = recipe("qwenvl")
    session = ScriptedSession(lambda request, before: '<img><p data-bbox="0 0 9 9">x</p>')
    reading = await one.read(one.prepare(page_image(), None), session)
    assert reading.figures == {}
