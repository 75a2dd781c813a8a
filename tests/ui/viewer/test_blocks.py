from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mineru_cli.ui.viewer.blocks import MOST_CHARACTERS, block_html, block_text

TAGS = {
    "p", "br", "em", "strong", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "div", "img",
    "table", "thead", "tr", "td", "th", "b", "i", "u", "s", "sub", "sup", "small", "blockquote", "hr",
}  # fmt: skip
ATTRIBUTES = {"class", "colspan", "rowspan", "src", "alt", "loading", "start"}
ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://e/x)",
    "<svg/onload=alert(1)>", "<a href='javascript:1'>x</a>", "</td></table><script>1</script>", "&lt;script&gt;",
    "<td onclick=alert(1)>", "<iframe srcdoc='<script>1</script>'>", "<style>*{}</style>", "$<script>$", "`<b>`",
    "<http://example.org>", "[a]: http://e 't'", "\\<script>", "<table><tr><td><img src=x onerror=1></td></tr>",
]  # fmt: skip
WILD = st.lists(st.one_of(st.sampled_from(ATTACKS), st.text(max_size=12)), max_size=6).map("".join)


class Checked(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        assert tag in TAGS, tag
        assert {name for name, _ in attrs} <= ATTRIBUTES, attrs
        for name, value in attrs:
            assert name != "src" or value.startswith("figure?key=")
        self.seen.add(tag)


def checked(html: str) -> set[str]:
    parser = Checked()
    parser.feed(html)
    parser.close()
    return parser.seen


@st.composite
def items(draw):
    kind = draw(
        st.sampled_from(["text", "table", "image", "chart", "equation", "code", "list", "header", WILD])
    )
    lists = st.lists(WILD, max_size=3)
    return {
        "type": kind if isinstance(kind, str) else draw(kind),
        "text": draw(WILD), "text_level": draw(st.one_of(st.none(), st.integers(-1, 9))), "table_body": draw(WILD),
        "img_path": draw(st.one_of(WILD, st.just(f"images/{'a' * 64}.jpg"))), "content": draw(WILD),
        "code_body": draw(WILD), "list_items": draw(lists), "table_caption": draw(lists),
        "image_caption": draw(lists), "code_caption": draw(lists), "chart_footnote": draw(lists),
    }  # fmt: skip


@settings(max_examples=60)
@given(items(), WILD)
def test_nothing_but_harmless_tags_gets_through(item, key):
    checked(block_html(item, key))


def test_text_headings_and_formulas():
    assert block_html({"type": "text", "text": "a *b* $x_1 < y$", "text_level": 2}, "k") == (
        '<h2>a *b* <code class="formula">x_1 &lt; y</code></h2>\n'
    )
    assert block_html({"type": "text", "text": "one\n\ntwo"}, "k") == "<p>one</p>\n<p>two</p>\n"
    assert '<pre class="formula">x &lt; 1</pre>' in block_html(
        {"type": "equation", "text": "$$\nx < 1\n$$"}, "k"
    )


def test_a_table_keeps_cells_spans_and_inline_tags():
    item = {"type": "table", "table_body": "<table><tr><td colspan=2 onclick=x><b>1</b></td></tr></table>"}
    html = block_html({**item, "table_caption": ["Table 1"]}, "k")
    assert '<td colspan="2"><b>1</b></td>' in html
    assert html.startswith('<div class="caption"><p>Table 1</p>')


def test_figures_are_named_by_hash_only():
    name = "ab" * 32 + ".jpg"
    html = block_html({"type": "image", "img_path": f"images/{name}"}, 'a/"b&c')
    assert f'src="figure?key=a%2F%22b%26c&amp;name={name}"' in html
    assert "<img" not in block_html({"type": "image", "img_path": "images/../../etc/passwd"}, "k")


def test_lists_are_numbered_where_all_items_are():
    assert block_html({"type": "list", "list_items": ["1. a", "2. b"]}, "k").startswith("<ol>")
    assert checked(block_html({"type": "list", "list_items": ["1. a", "b"]}, "k")) == {"ul", "li"}
    assert block_html({"type": "list", "list_items": []}, "k") == ""


@pytest.mark.parametrize("value", [None, 3, ["x"], {"a": 1}])
def test_values_of_the_wrong_kind_are_nothing(value):
    for kind, name in (
        ("text", "text"),
        ("table", "table_body"),
        ("code", "code_body"),
        ("equation", "text"),
    ):
        checked(block_html({"type": kind, name: value}, "k"))


def test_endless_text_is_cut():
    assert len(block_html({"type": "text", "text": "word " * MOST_CHARACTERS}, "k")) < MOST_CHARACTERS * 1.2


def test_searchable_text_leaves_out_markup_and_names():
    item = {
        "type": "table",
        "img_path": "images/x",
        "table_body": "<td>lamp</td>",
        "table_caption": ["Table 1"],
    }
    assert block_text(item).split() == ["lamp", "Table", "1"]
