from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.output.prose import clean, fold, lines, paragraphs


@pytest.mark.parametrize(
    ("lines", "folded"),
    [
        ("an inter-\nnational one", "an international one"),
        ("an inter\u2010\nnational one", "an international one"),
        ("an inter\u00ad\nNational one", "an interNational one"),
        ("a well-known\nthing", "a well-known thing"),
        ("state-of-the-\nart", "state-of-the-art"),
        ("pre-\nand post-war", "pre- and post-war"),
        ("Jean-\nPaul", "Jean- Paul"),
        ("1990-\n2000", "1990- 2000"),
        ("文字\n文字", "文字文字"),
        ("文字，\n文字", "文字，文字"),
        ("文字\nword", "文字 word"),
        ("한국어\n한국어", "한국어 한국어"),
        ("  a \t b  \n\n c ", "a b c"),
        ("", ""),
    ],
)
def test_lines_are_folded_as_a_reader_would(lines: str, folded: str) -> None:
    assert fold(lines) == folded


def test_lines_that_are_left_are_kept_and_cut_words_mended() -> None:
    assert lines(" Bill to: \nDr  Priya\n\nNether-\nton\n") == "Bill to:\nDr Priya\nNetherton"
    assert paragraphs(["7 Tannery Yard\nHarwick"]) == ["7 Tannery Yard\nHarwick"]


def test_blank_lines_part_paragraphs_and_blocks_do_not() -> None:
    assert paragraphs(["one\n\ntwo be-", "gun, end.\n\nthree"]) == ["one", "two begun, end.", "three"]


@given(st.text())
def test_clean_text_can_be_written(text: str) -> None:
    cleaned = clean(text + "\ud800\x00\r\n")
    assert cleaned.encode("utf-8").decode() == cleaned
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned


@given(st.lists(st.text()))
def test_folding_loses_no_letter(lines: list[str]) -> None:
    whole = "\n".join(lines)
    assert [c for c in fold(whole) if c.isalnum()] == [c for c in whole if c.isalnum()]
