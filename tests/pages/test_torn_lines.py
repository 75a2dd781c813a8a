"""Lines that pdfium ended after each letter."""

from __future__ import annotations

from math import pi

from mineru_cli.pages.bidi import Letter
from mineru_cli.pages.torn_lines import is_torn, may_be_torn, mended


def letters(text, *, x=50.0, y=700.0, down=0.0, angle=0.0):
    """Letters 5 points wide in 10-point type; spaces are white only."""
    found = []
    for place, char in enumerate(text):
        left = x + (0 if down else 5 * place)
        if char != " ":
            letter = Letter(ord(char), left, 1, sides=(left, left + 5), height=11.5, angle=angle)
            found.append((letter, (left, y - down * place)))
    return found


def words_of(*lines):
    every = [one for line in lines for one in line]
    found = mended([letter for letter, _ in every], [origin for _, origin in every])
    return [(line, "".join(letter.char for letter in word)) for line, word in found], is_torn(found)


def test_letters_side_by_side_are_words_again_and_white_space_parts_them():
    assert words_of(letters("Land and tenure"), letters("11", x=500)) == (
        [(0, "Land"), (0, "and"), (0, "tenure"), (1, "11")],
        True,
    )


def test_letters_below_one_another_stay_apart():
    words, torn = words_of(letters("Contents", down=11.0))
    assert [word for _, word in words] == list("Contents")
    assert not torn


def test_letters_of_other_angles_are_other_lines():
    first, second = letters("ab"), letters("cd", x=60.0, angle=pi / 2)
    assert words_of(first, second)[0][0] == (0, "ab")
    assert len(words_of(first, second)[0]) > 1


def test_only_pages_with_many_short_lines_are_looked_at():
    assert may_be_torn(200, 190)
    assert not may_be_torn(200, 20)
    assert not may_be_torn(3, 3)
