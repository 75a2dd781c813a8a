"""Large first letters of paragraphs."""

from __future__ import annotations

import pytest

from mineru_cli.pages.drop_caps import with_drop_caps
from mineru_cli.pages.page import Word

LINE = 0.015


def word(text, left, baseline, *, height=LINE):
    return Word(text, (left, baseline - 0.7 * height, left + 0.01 * len(text), baseline), 0, baseline, height)


def column(*lines, left=0.14):
    """Lines beside the drop cap and, from the third on, below it."""
    found = []
    for number, line in enumerate(lines):
        x = left if number < 2 else 0.1
        for text in line.split():
            found.append(word(text, x, 0.2 + 0.016 * number))
            x += 0.01 * len(text) + 0.005
    return found


def cap(text):
    return Word(text, (0.1, 0.19, 0.135, 0.216), 0, 0.216, 0.05)


TEXT = ("ost of the sample", "was seen in May", "and again in the autumn")


def test_a_drop_cap_begins_the_first_word_beside_it():
    texts = [w.text for w in with_drop_caps([cap("M"), *column(*TEXT)])]
    assert texts == ["Most", *" ".join(TEXT).split()[1:]]


@pytest.mark.parametrize(("first", "shown"), [("second", "A second"), ("nother", "Another")])
def test_letters_that_are_words_stay_words(first, shown):
    lines = (f"{first} survey", *TEXT[1:])
    assert with_drop_caps([cap("A"), *column(*lines)], {"second"})[0].text == shown


def test_large_letters_without_lines_beside_them_stay_as_they_are():
    words = [cap("M"), *column("one line only")]
    assert with_drop_caps(words) == words
    apart = [cap("M"), *column(*TEXT, left=0.4)]
    assert with_drop_caps(apart) == apart
