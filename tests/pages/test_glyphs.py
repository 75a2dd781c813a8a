"""Fonts whose codes are not the characters that their glyphs show."""

from __future__ import annotations

import random

import pytest

from mineru_cli.pages.glyphs import Extent, Glyphs

CAPITAL, X, DEEP = Extent(0.0, 0.6), Extent(0.0, 0.43), Extent(-0.17, 0.43)
SHAPES = {
    **dict.fromkeys("ABCDEFGHIKLMNOPRSTUVWXYZbdfhkl0123456789", CAPITAL),
    **dict.fromkeys("acemnorsuvwxz", X),
    **dict.fromkeys("gpqy", DEEP),
    **dict.fromkeys(".,", Extent(-0.05, 0.08)),
    **dict.fromkeys("\"'", Extent(0.4, 0.6)),
    "-": Extent(0.17, 0.23),
}
TEXTS = [
    "The quick brown fox jumps over the lazy dog",
    "Total due: 8,431.90 euros",
    "Pay within 30 days, please.",
    "IMPORTANT: Read 'Terms' first",
]


def judged(pairs):
    glyphs = Glyphs()
    for claimed, shape in pairs:
        if shape is not None and not glyphs.knows(ord(claimed)):
            glyphs.add(ord(claimed), shape)
    glyphs.judge()
    return glyphs


@pytest.mark.parametrize("text", TEXTS)
def test_a_font_with_a_mapping_is_believed(text):
    assert not judged((char, SHAPES.get(char)) for char in text).implausible


@pytest.mark.parametrize("text", TEXTS)
def test_codes_in_order_of_use_are_not_text(text):
    """As subsets number their glyphs: 1, 2, 3, ... from some first code on."""
    order = {char: number for number, char in enumerate(dict.fromkeys(text.replace(" ", "")))}
    pairs = [(chr(0x22 + order[char]), SHAPES.get(char)) for char in text if char != " "]
    glyphs = judged(pairs)
    assert glyphs.implausible
    assert glyphs.misleading


def test_codes_shifted_by_29_are_not_text():
    text = TEXTS[0]
    assert judged((chr(ord(char) - 29), SHAPES.get(char)) for char in text if char != " ").implausible


def test_a_shuffled_alphabet_is_not_text():
    letters = [char for char in SHAPES if char.isalpha()]
    for seed in range(20):
        shuffled = letters[:]
        random.Random(seed).shuffle(shuffled)
        assert judged(zip(letters, map(SHAPES.get, shuffled), strict=True)).implausible


def test_private_codes_are_not_text():
    glyphs = judged((chr(0xE000 + number), CAPITAL) for number in range(5))
    assert glyphs.implausible
    assert not glyphs.misleading


@pytest.mark.parametrize("height", [0.6, 0.45])
def test_small_capitals_and_digits_are_no_reason_to_doubt(height):
    assert not judged((char, Extent(0.0, height)) for char in "abcdefghijklmnopqrstuvwxyz").implausible
    assert not judged((char, Extent(0.0, 0.6)) for char in "0123456789").implausible


def test_other_scripts_are_not_judged_by_latin_shapes():
    assert not judged((char, Extent(-0.2, 0.9)) for char in "中文字符東西南北").implausible


def test_one_box_for_every_character_stands_for_missing_ones():
    glyphs = Glyphs(sizes={0x4E00 + number: (8.0, 8.0) for number in range(5)})
    glyphs.judge()
    assert glyphs.all_alike
    glyphs = Glyphs(sizes={0x4E00 + number: (8.0, 8.0 + number) for number in range(5)})
    glyphs.judge()
    assert not glyphs.all_alike
