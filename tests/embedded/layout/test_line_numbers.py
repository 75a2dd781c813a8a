"""Numbers of lines at the margin."""

from __future__ import annotations

from mineru_cli.embedded.geometry import LineBox
from mineru_cli.embedded.layout.line_numbers import line_numbers

PLEADING = ("The river authority", "measured several", "letters until the", "grant ran out.", "A panel", "of")
ENTRIES = ("Introduction", "Methods", "Results", "Discussion", "Conclusion", "References")


def page(numbers, texts, pitch=30):
    """Fragments of numbered lines, and what reads them."""
    read = {}
    for row, (number, text) in enumerate(zip(numbers, texts, strict=True)):
        y = 100 + pitch * row
        read[LineBox(60, y, 10 * len(number), 20, tight=14)] = number
        if text:
            read[LineBox(100 + 5 * len(text), y, 10 * len(text), 20, tight=14)] = text
    return read


def found(read):
    return [read[line] for line in line_numbers(list(read), lambda line: read[line])]


def test_numbers_before_lines_that_go_on():
    assert found(page("123456", PLEADING)) == list("123456")


def test_every_fifth_line():
    assert found(page(["5", "10", "15", "20", "25", "30"], PLEADING)) == ["5", "10", "15", "20", "25", "30"]


def test_numbers_below_the_last_line_belong_to_them():
    assert found(page("1234567", (*PLEADING[:4], "", "", ""))) == list("1234567")


def test_entries_of_a_list_keep_their_numbers():
    assert found(page("123456", ENTRIES)) == []


def test_figures_that_do_not_count_are_cells():
    assert found(page(["3", "8", "2", "9", "4", "7"], PLEADING)) == []
