"""Words of a page as part of a prompt."""

from __future__ import annotations

import pytest

from mineru_cli.pages.page import Word
from mineru_cli.pages.page_words import split_prompt, with_words

FIRST = Word("Gross", (0.1, 0.2, 0.2, 0.22), baseline=0.22, height=0.03)
SECOND = Word("“1,204”", (0.5, 0.6, 0.7, 0.62), baseline=0.62, height=0.03)


def test_words_come_back_with_their_places():
    asked, words = split_prompt(with_words("\nLayout Detection:", [FIRST, SECOND]))
    assert asked == "\nLayout Detection:"
    assert words == [FIRST, SECOND]


def test_fonts_of_formulas_are_marked():
    word = FIRST._replace(mathematical=True)
    assert split_prompt(with_words("", [word, SECOND]))[1] == [word, SECOND]


def test_a_region_holds_its_own_words_placed_within_it():
    _, (word,) = split_prompt(with_words("", [FIRST, SECOND], (0.4, 0.5, 0.8, 0.7)))
    assert word.text == SECOND.text
    assert word.bbox == pytest.approx((0.25, 0.5, 0.75, 0.6))
    assert (word.baseline, word.height) == pytest.approx((0.6, 0.15))


def test_a_prompt_without_words_is_left_as_it_is():
    assert with_words("Table Recognition:", [FIRST], (0.4, 0.5, 0.8, 0.7)) == "Table Recognition:"
    assert split_prompt("Table Recognition:") == ("Table Recognition:", ())


@pytest.mark.parametrize(
    "change", [{"unmapped": True}, {"obscured": True}, {"drawn": False}, {"quarter": 90}]
)
def test_doubtful_words_are_left_out_and_spoil_what_must_be_complete(change):
    words = [FIRST, SECOND._replace(**change)]
    assert split_prompt(with_words("", words))[1] == [FIRST]
    assert with_words("", words, complete=True) == ""


@pytest.mark.parametrize(
    "rows",
    [
        "",
        "{}",
        "[" * 100_000,
        "[1]",
        '[["a",1,2,3]]',
        '[["a",3,0,1,0,0,0]]',
        "[[1,0,0,0,0,0,0]]",
        '[["a",1,2,3,4,5,6,2]]',
    ],
)
def test_other_things_in_the_place_of_words_are_refused(rows):
    with pytest.raises(ValueError, match=r".+"):
        split_prompt("Layout Detection:\nText Layer:" + rows)
