from __future__ import annotations

import pytest
from recipes.sessions import ScriptedSession, page_image, picture, recipe

from mineru_cli.recipes.readers.html import HtmlReader
from mineru_cli.recipes.readers.reader import SeenPage

READER = HtmlReader()


def blocks_of(text, size, most):
    return READER.blocks(text, SeenPage(*size), most)


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
    assert READER.usable(text)


@pytest.mark.parametrize("text", ["I cannot.", "<p>text</p>", "# Title"])
def test_not_usable(text):
    assert not READER.usable(text)


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


CHANDRA = """<div data-bbox="62 40 938 90" data-label="Section-Header"><h1>Annual report</h1></div>
<div data-bbox="62 95 938 120" data-label="Section-Header"><h2>1. Results</h2></div>
<div data-bbox="62 130 938 300" data-label="Text"><p>Sales grew by <math>3\\%</math>.</p><p>Costs fell.</p></div>
<div data-bbox="62 310 938 330" data-label="Caption"><p>Table 1: Sales</p></div>
<div data-bbox="62 330 938 500" data-label="Table"><table><tr><th>Year</th><th>Sum</th></tr></table></div>
<div data-bbox="62 510 938 560" data-label="Equation-Block"><math display="block">a = b</math></div>
<div data-bbox="62 570 938 700" data-label="List-Group"><ul><li>one</li><li>two</li></ul></div>
<div data-bbox="62 710 500 800" data-label="Image"><img alt="A red bridge"/></div>
<div data-bbox="62 805 500 820" data-label="Caption">Figure 1</div>
<div data-bbox="62 830 938 850" data-label="Code-Block"><pre><code>x = 1\ny = 2</code></pre></div>
<div data-bbox="62 860 938 880" data-label="Form"><p><input type="checkbox" checked/>yes <input type="checkbox"/>no</p></div>
<div data-bbox="62 900 938 920" data-label="Bibliography"><p>[1] A. Author</p><p>[2] B. Author</p></div>
<div data-bbox="62 930 938 950" data-label="Footnote"><p>* net</p></div>
<div data-bbox="62 10 938 30" data-label="Page-Header">ACME</div>
<div data-bbox="62 970 938 990" data-label="Page-Footer">7</div>"""


def test_labels_name_the_kinds_of_blocks():
    blocks = READER.blocks(CHANDRA.replace("\\\\", "\\"), SeenPage(800, 1000, 1000), 100)
    assert [(block.type, block.content) for block in blocks] == [
        ("doc_title", "Annual report"),
        ("paragraph_title", "1. Results"),
        ("text", "Sales grew by $3\\%$."),
        ("text", "Costs fell."),
        ("table_caption", "Table 1: Sales"),
        ("table", "<table><tr><th>Year</th><th>Sum</th></tr></table>"),
        ("equation", "\\[\na = b\n\\]"),
        ("list", None),
        ("list_item", "- one"),
        ("list_item", "- two"),
        ("image", "A red bridge"),
        ("image_caption", "Figure 1"),
        ("code", "x = 1\ny = 2"),
        ("text", "☑ yes ☐ no"),
        ("ref_text", "[1] A. Author"),
        ("ref_text", "[2] B. Author"),
        ("page_footnote", "* net"),
        ("header", "ACME"),
        ("footer", "7"),
    ]
    assert blocks[0].bbox == (0.062, 0.04, 0.938, 0.09)  # shares of the scale, whatever the picture's size
