"""Words and their places."""

from __future__ import annotations

import pytest

from mineru_cli.embedded.geometry import LineBox
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.ocr.words import chunks, words_of

LINE = LineBox(200, 50, 400, 28, tight=20)


def reading(text, offsets=()):
    return OcrReading(text, 0.99, tuple(offsets))


def test_words_stand_where_their_characters_do():
    words = words_of(LINE, reading("ab cd", [0.05, 0.1, 0.3, 0.85, 0.9]))
    assert [w.text for w in words] == ["ab", "cd"]
    assert words[0].box.x0 == pytest.approx(10)
    assert words[1].box.x0 == pytest.approx(330)
    assert words[1].box.x1 == pytest.approx(370)


def test_without_offsets_the_width_is_shared_out():
    words = words_of(LINE, reading("aaaa bbbb"))
    assert words[0].box.x1 < 200 < words[1].box.x0


def test_wide_blanks_part_chunks():
    words = words_of(LINE, reading("1 995 x", [0.0, 0.02, 0.05, 0.07, 0.09, 0.5, 0.9]))
    assert [[w.text for w in run] for run in chunks(words, 1.1)] == [["1", "995"], ["x"]]


def test_blank_text_has_no_words():
    assert words_of(LINE, reading("  ")) == []
