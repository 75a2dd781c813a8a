"""Words from right to left, whichever way their letters were painted."""

from __future__ import annotations

import pytest

from mineru_cli.pages.bidi import Letter, in_order, may_run_backwards


def word(text, places, things=None):
    things = things or list(range(len(text)))
    return [Letter(ord(char), place, thing) for char, place, thing in zip(text, places, things, strict=True)]


def read(letters):
    return "".join(letter.char for letter in in_order(letters))


@pytest.mark.parametrize(
    ("text", "places", "expected"),
    [
        ("ילדים", (50, 40, 30, 20, 10), "ילדים"),
        ("םידלי", (10, 20, 30, 40, 50), "ילדים"),
        ("ةنيدملا", (0, 7, 12, 16, 23, 31, 36), "المدينة"),
        ("2024", (0, 1, 2, 3), "2024"),
        ("Pythonمع", (0, 1, 2, 3, 4, 5, 9, 8), "Pythonمع"),
        ("حَب", (30, 30, 20), "حَب"),
    ],
)
def test_letters_painted_alone(text, places, expected):
    assert read(word(text, places)) == expected


def test_lam_comes_before_alef_in_their_ligature():
    assert read(word("الفط", (0, 0, 8, 15))) == "طفلا"
    assert read(word("اال", (20, 10, 10), [7, 7, 7])) == "الا"
    assert read(word("الآن", (30, 20, 20, 10))) == "الآن"


def test_parts_of_another_ligature_are_turned_back_with_the_object_that_was():
    assert read(word("احم", (20, 10, 10), [7, 7, 7])) == "امح"
    assert read(word("امح", (20, 10, 10), [1, 2, 2])) == "امح"


def test_which_words_are_looked_at():
    assert may_run_backwards([0x5D0])
    assert not may_run_backwards([0x41, 0x4E2D])
    assert not may_run_backwards([0x661])  # a digit
