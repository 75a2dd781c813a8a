"""Runs of text from a page's own words."""

from __future__ import annotations

from mineru_cli.embedded.text.layer_words import (
    joined,
    page_words,
    run_downwards,
    runs,
    stretch_of,
    without_initials,
)
from mineru_cli.pages.page import Word

EM = 20.0


def placed(text, x, baseline, width=None):
    """A word on a page of 1000 x 1000 pixels; its capitals are 0.7 em high."""
    x1 = x + (width or 10 * len(text))
    box = (x / 1000, (baseline - 0.7 * EM) / 1000, x1 / 1000, baseline / 1000)
    return Word(text, box, baseline=baseline / 1000, height=1.15 * EM / 1000)


def texts(words):
    return [run.text for run in runs(page_words(words, 1000, 1000))]


def test_a_wide_blank_ends_a_run():
    words = [placed("Net", 100, 300), placed("Sales", 136, 300), placed("1,204", 400, 300)]
    assert texts(words) == ["Net Sales", "1,204"]


def test_the_wide_spaces_of_a_justified_line_do_not():
    words = [placed("Word", 100 + 65 * n, 300) for n in range(6)]
    assert texts(words) == ["Word Word Word Word Word Word"]


def test_lines_part_by_their_baselines_and_indices_do_not():
    words = [placed("Above", 100, 300), placed("Below", 100, 322), placed("2", 152, 293, 6)]
    assert texts(words) == ["Above 2", "Below"]


def test_a_run_is_as_high_as_its_type_whatever_letters_it_has():
    flat, tall = runs(page_words([placed("Tall", 100, 300), placed("Tall", 100, 400)], 1000, 1000))
    assert flat.line.tight == tall.line.tight
    assert abs(flat.line.tight - 0.98 * EM) < 0.5


def test_words_from_right_to_left_are_joined_as_the_page_has_them():
    words = page_words([placed("ראשון", 150, 300), placed("שני", 100, 300)], 1000, 1000)
    assert joined(words[::-1]) == "ראשון שני"


def test_a_drop_cap_over_several_lines_is_not_a_separate_run():
    tall = Word("E", (0.1, 0.272, 0.14, 0.322), baseline=0.322, height=1.15 * 0.0714)
    beside = [placed("very", 146, 300), placed("third", 146, 322)]
    kept = without_initials(page_words([tall, *beside], 1000, 1000))
    assert [word.text for word in kept] == ["very", "third"]


def test_a_large_letter_alone_is_kept():
    tall = Word("E", (0.1, 0.272, 0.14, 0.322), baseline=0.322, height=1.15 * 0.0714)
    assert [word.text for word in without_initials(page_words([tall], 1000, 1000))] == ["E"]


def test_writing_from_top_to_bottom_is_known_and_lines_are_not():
    column = [placed("字", 800, 100 + 22 * n, 18) for n in range(12)]
    lines = [placed("word", 100 + 60 * (n % 6), 100 + 30 * (n // 6)) for n in range(12)]
    assert run_downwards(page_words(column, 1000, 1000))
    assert not run_downwards(page_words(lines, 1000, 1000))
    tall = Word("天地玄黃宇宙", (0.8, 0.1, 0.82, 0.5), baseline=0.12, height=0.02)
    assert run_downwards(page_words([tall], 1000, 1000))


def test_the_stretch_of_a_page_is_seen_in_its_letters():
    words = [placed("words", 100, 100 + 30 * n, 62) for n in range(12)]
    assert 1.2 < stretch_of(page_words(words, 1000, 1000)) < 1.4
    assert stretch_of(page_words(words[:3], 1000, 1000)) == 1.0


def test_figures_in_even_columns_are_no_justified_line():
    words = [placed(f"05:{n}5", 100 + 70 * n, 300, 45) for n in range(6)]
    assert texts(words) == [word.text for word in words]
