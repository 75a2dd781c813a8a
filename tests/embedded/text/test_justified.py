"""Loose lines of narrow columns."""

from __future__ import annotations

from mineru_cli.embedded.text.justified import filled
from mineru_cli.embedded.text.layer_words import page_words, runs
from mineru_cli.pages.page import Word

EM = 20.0


def placed(text, x0, x1, baseline):
    box = (x0 / 1000, (baseline - 0.7 * EM) / 1000, x1 / 1000, baseline / 1000)
    return Word(text, box, baseline=baseline / 1000, height=1.15 * EM / 1000)


def texts(words):
    return [run.text for run in filled(runs(page_words(words, 1000, 1000)))]


def full(text, baseline):
    """A line of four words from 100 to 400."""
    return [placed(word, 100 + 77 * n, 169 + 77 * n, baseline) for n, word in enumerate(text.split())]


LOOSE = [placed("An", 100, 130, 324), placed("independent", 180, 290, 324), placed("panel", 350, 400, 324)]


def test_a_loose_line_between_full_ones_is_one_run():
    assert texts([*full("as the members had", 300), *LOOSE, *full("compared the older maps", 348)]) == [
        "as the members had",
        "An independent panel",
        "compared the older maps",
    ]


def test_words_without_a_full_line_on_both_sides_stay_apart():
    assert texts([*full("as the members had", 300), *LOOSE]) == [
        "as the members had",
        "An",
        "independent",
        "panel",
    ]


def test_one_full_line_is_enough_where_all_spaces_are_equally_wide():
    even = [placed("An", 100, 130, 324), placed("independent", 180, 300, 324), placed("panel", 350, 400, 324)]
    assert texts([*full("as the members had", 300), *even]) == ["as the members had", "An independent panel"]


def test_cells_of_a_table_stay_apart():
    rows = [
        placed(f"{k}{n}", x, x + 30, 300 + 24 * n) for n in range(3) for k, x in enumerate((100, 220, 370))
    ]
    assert len(texts(rows)) == 9


def test_a_row_that_is_wider_than_its_neighbours_stays_apart():
    beside = placed("1,204", 500, 560, 324)
    found = texts([*full("as the members had", 300), *LOOSE, beside, *full("compared the older maps", 348)])
    assert "1,204" in found
