from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mineru_cli.output import grid

from .sheets import table

PIECES = [
    "<table>",
    "</table>",
    "<tr>",
    "</tr>",
    "<td>",
    "</td>",
    "<th>",
    "<td colspan=2 rowspan='3'>",
    "<thead>",
]
PIECES += [
    "</thead>",
    "<b>",
    "</b>",
    "<sub>",
    "<i>",
    "</i>",
    "<br>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<a b",
    "x",
]
PIECES += [
    '<td onclick="x">',
    "&lt;b&gt;",
    "&",
    "<",
    ">",
    "<img src=x onerror=y>",
    "\n\n",
    " ",
    "\\(a<b\\)",
    "<p>",
]
soup = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
ALLOWED = re.compile(
    r"</?(?:table|thead|tr|b|i|u|s|em|strong|sub|sup|code|small|br)>|</?t[dh]>"
    r'|<t[dh]( rowspan="\d+")?( colspan="\d+")?>'
)


def test_cells_spans_and_inline_tags_survive() -> None:
    head = '<table><tr><th colspan="2">A &amp; B</th></tr>'
    html = head + "<tr><td rowspan=2>x<sup>2</sup></td><td>y</td></tr></table>"
    read = grid.read(html)
    assert read is not None
    assert read.columns == 2
    assert grid.write(read) == (
        '<table><tr><th colspan="2">A &amp; B</th></tr>'
        '<tr><td rowspan="2">x<sup>2</sup></td><td>y</td></tr></table>'
    )


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<b onclick=x>y", "<b>y</b>"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
        ("<b><i>x</b>", "<b><i>x</i></b>"),
        ("3 < 5 &lt; 7", "3 &lt; 5 &lt; 7"),
        ("\\(x\\)", "$x$"),
        ("<p>a</p><p>b</p>", "a b"),
        ("a\n\nb", "a b"),
        ("a<br/>b", "a<br>b"),
        ("<a href='javascript:x'>y</a>", "&lt;a href='javascript:x'&gt;y&lt;/a&gt;"),
        ("<td/onclick=x>", "&lt;td/onclick=x&gt;"),
    ],
)
def test_other_markup_is_shown_as_text(cell: str, safe: str) -> None:
    read = grid.read(f"<table><tr><td>{cell}</td></tr></table>")
    assert read is not None
    assert grid.write(read) == f"<table><tr><td>{safe}</td></tr></table>"


@pytest.mark.parametrize(
    ("value", "span"), [("0", 1), ("-3", 1), ("2", 2), ("99999999", 1000), ("x", 1), ("1e3", 1)]
)
def test_spans_are_bounded(value: str, span: int) -> None:
    read = grid.read(f'<table><tr><td colspan="{value}">x</td></tr></table>')
    assert read is not None
    assert read.rows[0].cells[0].colspan == span


def test_a_row_span_counts_in_the_rows_below() -> None:
    read = grid.read("<table><tr><td rowspan=2>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>")
    assert read is not None
    assert read.columns == 3


def test_head_and_text_outside_cells_are_kept() -> None:
    read = grid.read(
        "<table>note<thead><tr><th>H</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>end"
    )
    assert read is not None
    assert grid.write(read) == "<table><thead><tr><th>H</th></tr></thead><tr><td>1</td></tr></table>"
    assert read.outside == ("note", "end")


@pytest.mark.parametrize("text", ["", "no table", "<table></table>", "<table><tr></tr></table>"])
def test_text_without_cells_gives_no_grid(text: str) -> None:
    assert grid.read(text) is None


@given(soup)
@example("<td><b><b><b>")
@example("<td><scr<td>ipt>")
@example("<td>&lt;script&gt;")
@example(r"<td>\(a<b\)\(a<b\)\(a<b\)")
@example(r"<td>$\(a<b\)$")
def test_whatever_comes_in_only_known_tags_come_out_balanced(html: str) -> None:
    read = grid.read(html)
    if read is None:
        return
    written = grid.write(read)
    assert "<" not in ALLOWED.sub("", written)
    assert "\n" not in written
    for tag in ("table", "tr", "td", "th", "b", "i", "sub", "thead"):
        assert len(re.findall(rf"<{tag}[ >]", written)) == written.count(f"</{tag}>")
    assert grid.read(written) == grid.TableGrid(read.rows)


@given(soup)
def test_no_letter_of_a_table_is_lost(html: str) -> None:
    read = grid.read(html)
    if read is not None:
        shown = "".join(text for row in read.rows for text in row.texts) + "".join(read.outside)
        assert shown.count("x") >= re.sub(r"<[^<>]*>", "", html).count("x")


def test_joined_grids_are_one() -> None:
    first, second = grid.read(table("a|b")), grid.read(table("c|d"))
    assert first is not None
    assert second is not None
    assert grid.write(grid.joined((first, second))) == table("a|b", "c|d")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["<td", "<td ", "<b>", "<td>", "<!--", "<a <", "</b>", "&lt;", "<td rowspan=1000 colspan=1000>"]
)
def test_hostile_repetition_ends(piece: str) -> None:
    read = grid.read("<table><td>" + piece * 20_000)
    assert read is not None
    assert read.columns >= 1
    assert len(grid.write(read)) <= 60 * len(piece) * 20_000
