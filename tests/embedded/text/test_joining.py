"""Joining lines to paragraphs."""

from __future__ import annotations

import pytest

from mineru_cli.embedded.text.joining import is_counter, join_items, join_lines, starts_item


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["the mean of", "the past"], "the mean of the past"),
        (["temper-", "atures differ"], "temperatures differ"),
        (["a self-", "made man"], "a self-made man"),
        (["the North-", "South line"], "the North-South line"),
        (["a well-known state-of-the-", "art engine"], "a well-known state-of-the-art engine"),
        (["pages 12-", "14"], "pages 12-14"),
        (["现将有关事项", "说明如下。"], "现将有关事项说明如下。"),
        (["电话0571-5550 2316咨", "询。"], "电话0571-5550 2316咨询。"),
        (["the word 图", "is Chinese"], "the word 图 is Chinese"),
        (["3Method"], "3 Method"),
        (["2.1The old installation"], "2.1 The old installation"),
        (["3D printing"], "3D printing"),
        (["•the facility"], "• the facility"),
        (["", "  x  ", ""], "x"),
        ([], ""),
    ],
)
def test_join_lines(lines, joined):
    assert join_lines(lines) == joined


def test_list_items_stand_on_lines_of_their_own():
    lines = ["• whether the dimming", "should be kept", "• who will look after", "the software"]
    assert join_items(lines) == "• whether the dimming should be kept\n• who will look after the software"


def test_a_number_at_the_start_of_a_line_of_prose_is_not_an_item():
    assert join_items(["was agreed in section", "2. In the meantime", "nothing was done"]) == (
        "was agreed in section 2. In the meantime nothing was done"
    )


@pytest.mark.parametrize(
    "line", ["• text", "•text", "1. Halve", "(a) first", "iv) fourth", "- dash", "2) two"]
)
def test_items(line):
    assert starts_item(line)


@pytest.mark.parametrize("line", ["text", "1.5 metres", "-5 degrees", "A facility", "2024 was", ""])
def test_no_items(line):
    assert not starts_item(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3.1", True), ("7.4.", True), ("(b)", True), ("•", True), ("the", False), ("1995", False)],
)
def test_counters(text, expected):
    assert is_counter(text) is expected
