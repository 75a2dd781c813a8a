from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mineru_cli.recipes.tables import bounded_otsl, plain_table, table_of_reply, table_of_text

ALLOWED = {
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "b",
    "i",
    "em",
    "strong",
    "sub",
    "sup",
    "br",
    "code",
}


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<table><tr><td>a</td></tr></table>", "<table><tr><td>a</td></tr></table>"),
        ("<table border=1 onclick=x()><tr><td style='a'>a</td></tr></table>", "<table><tr><td>a</td></tr></table>"),
        ("<table><tr><td><script>x()</script>a</td></tr></table>", "<table><tr><td>a</td></tr></table>"),
        ("<table><tr><td><a href='javascript:x'>a</a> b</td></tr></table>", "<table><tr><td>a b</td></tr></table>"),
        ("<table><tr><td>a &lt;b&gt; &amp; c</td></tr></table>", "<table><tr><td>a &lt;b&gt; &amp; c</td></tr></table>"),
        ("<table><tr><td rowspan=2 colspan='x'>a", '<table><tr><td rowspan="2">a</td></tr></table>'),
        ("<table><tr><td rowspan=99999999>a", "<table><tr><td>a</td></tr></table>"),
        ("<table><tr><td>x<sup>2</sup><br>y", "<table><tr><td>x<sup>2</sup><br>y</td></tr></table>"),
        ("<p>no table</p>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_html_is_reduced(html, plain):
    assert plain_table(html) == plain


@settings(deadline=None)
@given(st.lists(st.sampled_from(["<table>", "<tr>", "<td rowspan=3>", "</td>", "<script>", "</script>", "<svg onload=x>", "<!--", "-->", "text", "&", '"', "<img src=x>", "</table>", "<![CDATA["]), max_size=20))  # fmt: skip
def test_nothing_but_known_tags_and_spans_comes_through(parts):
    html = plain_table("<table>" + "".join(parts))
    if not html:
        return
    for element in lxml.html.fragment_fromstring(html, create_parent="div").iterdescendants():
        assert element.tag in ALLOWED
        assert set(element.attrib) <= {"rowspan", "colspan"}


def test_cells_are_bounded():
    assert plain_table("<table><tr>" + "<td>" * 30_000).count("<td>") == 20_000


def test_small_otsl_is_left_alone():
    assert bounded_otsl("<fcel>a<fcel>b<nl><fcel>c<nl>") == ("<fcel>a<fcel>b<nl><fcel>c<nl>", False)


def test_large_otsl_is_cut_at_a_row():
    text, cut = bounded_otsl("<ecel><ecel><nl>" * 100, 50)
    assert cut
    assert text == "<ecel><ecel><nl>" * 25
    assert bounded_otsl("<ecel>" * 100, 50) == ("", True)


def test_plain_html_stays_and_other_html_is_made_plain():
    plain = '<table><tr><td colspan="2">a</td></tr></table>'
    assert table_of_reply(plain) == (plain, False)
    assert table_of_reply('<table><tr><td onclick="x()">a<script>b</script></td></tr></table>') == (
        "<table><tr><td>a</td></tr></table>",
        False,
    )


def test_text_that_is_not_a_table_is_left_to_the_library():
    assert table_of_reply("just <text>") == ("just <text>", False)
    assert table_of_reply("") == ("", False)


def test_a_reply_without_a_table_is_its_only_cell_and_keeps_every_character():
    assert table_of_text("x<y and z>w") == "<table><tr><td>x&lt;y and z&gt;w</td></tr></table>"
    assert table_of_text("1<sup>st</sup>") == "<table><tr><td>1<sup>st</sup></td></tr></table>"
    assert table_of_text("<table><tr><td>1") == "<table><tr><td>1</td></tr></table>"
