from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.output.formula import displayed, in_dollars, segments, tag


@given(st.text(st.sampled_from("$\\()[]ab 1"), max_size=60))
def test_segments_cover_the_text(text: str) -> None:
    found = list(segments(text))
    assert "".join(text[segment.start : segment.end] for segment in found) == text
    assert all(segment.text in text for segment in found if not segment.math)


@pytest.mark.parametrize(
    "text", ["$5 and $6", "US$5/US$6", "a$b$c", "$ x $", "$$", "\\(\\)", "\\(a $ b\\)", "x\\$y\\$"]
)
def test_dollars_and_empty_pairs_are_no_formulas(text: str) -> None:
    assert not any(segment.math for segment in segments(text))


@pytest.mark.parametrize(
    "text", ["$x$", "设$x$为", "($x$)", "$ \\alpha $", "$ x _ { 1 } $", "\\( x \\)", "$$x$$"]
)
def test_these_are_formulas(text: str) -> None:
    assert [segment.math for segment in segments(text)].count(True) == 1


@pytest.mark.parametrize(
    ("content", "latex"),
    [
        ("\\[\nx = y\n\\]", "x = y"),
        ("$$x$$", "x"),
        ("x", "x"),
        ("a\n\n- b", "a - b"),
        ("a \\\\\nb", "a \\\\\nb"),
        ("a $$ b", "a \\$\\$ b"),
        ("a<b", "a< b"),
        ("", ""),
    ],
)
def test_displayed_latex_has_no_delimiters_and_no_markup(content: str, latex: str) -> None:
    assert displayed(content) == latex


@pytest.mark.parametrize(
    ("content", "label"), [("(1)", "1"), (" (2.1a) ", "2.1a"), ("[3]", "3"), ("see (1)", None)]
)
def test_a_number_becomes_a_tag(content: str, label: str | None) -> None:
    assert tag(content) == label


def test_two_formulas_that_touch_are_parted() -> None:
    assert in_dollars([("a", True), ("b", True), ("c", False), ("d", True)]) == "$a$ $b$c$d$"
    assert in_dollars([("5 $", False), ("b", True)]) == "5 $ $b$"
