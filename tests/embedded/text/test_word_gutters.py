"""Gutters between columns of words."""

from __future__ import annotations

from random import Random

from mineru_cli.embedded.text.layer_words import page_words, rows, runs
from mineru_cli.embedded.text.word_gutters import word_gutters
from mineru_cli.pages.page import Word

EM = 20.0


def placed(text, x0, x1, baseline):
    box = (x0 / 1000, (baseline - 0.7 * EM) / 1000, x1 / 1000, baseline / 1000)
    return Word(text, box, baseline=baseline / 1000, height=1.15 * EM / 1000)


def line(rng, left, right, baseline, count):
    """Words between both edges with equal spaces."""
    widths = [rng.uniform(30, 60) for _ in range(count)]
    scale = (right - left - 18 * (count - 1)) / sum(widths)
    words, x = [], left
    for width in widths:
        words.append(placed("word", x, x + width * scale, baseline))
        x += width * scale + 18
    return words


def columns(number, *, gutter=16):
    rng = Random(7)
    middle = 500
    return [
        word
        for n in range(number)
        for left, right in ((100, middle - gutter / 2), (middle + gutter / 2, 900))
        for word in line(rng, left, right, 200 + 24 * n, 6)
    ]


def words_of(words):
    return page_words(words, 1000, 1000)


def test_a_gutter_narrower_than_the_spaces_parts_the_columns():
    words = words_of(columns(10))
    (gutter,) = word_gutters(rows(words))
    assert 480 < gutter.cx < 520
    assert len(runs(words)) < 20
    assert len(runs(words, gutters=[gutter])) == 20


def test_few_lines_and_single_columns_have_none():
    assert word_gutters(rows(words_of(columns(4)))) == []
    rng = Random(3)
    loose = [word for n in range(20) for word in line(rng, 100, 900, 200 + 24 * n, 12)]
    assert word_gutters(rows(words_of(loose))) == []


def test_a_heading_over_both_columns_ends_the_gutter():
    heading = [placed("heading", 300, 700, 150)]
    (gutter,) = word_gutters(rows(words_of(heading + columns(10))))
    assert gutter.y0 > 150


def test_numbers_of_items_are_no_column():
    rng = Random(5)
    items = [
        word
        for n in range(12)
        for word in [placed(f"{n}.", 100, 120, 200 + 24 * n), *line(rng, 140, 900, 200 + 24 * n, 11)]
    ]
    assert word_gutters(rows(words_of(items))) == []
