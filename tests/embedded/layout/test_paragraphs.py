"""Grouping lines to paragraphs."""

from __future__ import annotations

from mineru_cli.embedded.geometry import Box, LineBox, Skew
from mineru_cli.embedded.layout.paragraphs import Traits, group, group_right_to_left
from mineru_cli.embedded.text.lines import text_line

PLAIN = Traits(stroke=2.0, first_word=40.0)
HEIGHT = 14.0


def line(x0, x1, row, height=HEIGHT):
    y = 100 + row * 17.0
    return text_line([LineBox((x0 + x1) / 2, y, x1 - x0, height / 0.7, tight=height)], Skew())


def grouped(lines, traits=None, walls=()):
    paragraphs = group(lines, traits or [PLAIN] * len(lines), walls)
    return [[round((n.level.cy - 100) / 17) for n in p.lines] for p in paragraphs]


def test_lines_of_a_column_are_one_paragraph():
    assert grouped([line(0, 500, 0), line(0, 498, 1), line(0, 200, 2)]) == [[0, 1, 2]]


def test_an_indent_begins_a_paragraph():
    lines = [line(20, 500, 0), line(0, 500, 1), line(0, 470, 2), line(20, 500, 3), line(0, 500, 4)]
    assert grouped(lines) == [[0, 1, 2], [3, 4]]


def test_a_line_that_ends_early_ends_its_paragraph():
    assert grouped([line(0, 500, 0), line(0, 300, 1), line(0, 500, 2), line(0, 499, 3)]) == [[0, 1], [2, 3]]


def test_a_blank_line_ends_a_paragraph():
    assert grouped([line(0, 500, 0), line(0, 500, 1), line(0, 500, 3), line(0, 500, 4)]) == [[0, 1], [3, 4]]


def test_an_address_is_one_paragraph():
    assert grouped([line(0, 120, 0), line(0, 200, 1), line(0, 300, 2), line(0, 150, 3)]) == [[0, 1, 2, 3]]


def test_two_columns_do_not_mix():
    lines = [line(0, 400, 0), line(440, 840, 0), line(0, 400, 1), line(440, 840, 1)]
    assert sorted(grouped(lines)) == [[0, 1], [0, 1]]


def test_a_bold_heading_is_not_part_of_the_text_below_it():
    traits = [Traits(stroke=3.2, first_word=40), PLAIN, PLAIN]
    assert grouped([line(0, 160, 0), line(0, 500, 1), line(0, 500, 2)], traits) == [[0], [1, 2]]


def test_list_items_are_cut_and_keep_their_further_lines():
    item = Traits(stroke=2.0, first_word=40.0, item=True)
    lines = [line(0, 500, 0), line(20, 300, 1), line(0, 480, 2), line(20, 500, 3), line(20, 200, 4)]
    assert grouped(lines, [item, PLAIN, item, PLAIN, PLAIN]) == [[0, 1], [2, 3, 4]]


def test_hanging_references_stay_whole():
    lines = [
        line(0, 495, 0),
        line(25, 200, 1),
        line(0, 500, 2),
        line(25, 240, 3),
        line(0, 490, 4),
        line(25, 230, 5),
    ]
    assert grouped(lines) == [[0, 1], [2, 3], [4, 5]]


def test_a_rule_parts_paragraphs():
    wall = Box(0, 108, 500, 109)
    assert grouped([line(0, 500, 0), line(0, 500, 1)], walls=[wall]) == [[0], [1]]


def test_large_type_is_apart():
    assert grouped([line(0, 400, 0, 24), line(0, 500, 1.6), line(0, 500, 2.6)])[0] == [0]


def test_nothing_has_no_paragraphs():
    assert grouped([]) == []


def test_lines_from_right_to_left_begin_at_their_right_end():
    lines = [line(20, 500, 0), line(0, 500, 1), line(20, 500, 2), line(0, 500, 3), line(300, 500, 4)]
    assert [len(p.lines) for p in group_right_to_left(lines, [PLAIN] * 5)] == [5]
    assert len(group(lines, [PLAIN] * 5)) > 1


def test_double_spaced_lines_are_paragraphs():
    lines = [line(0 if n % 4 else 40, 500 if n % 4 < 3 else 300, 2 * n) for n in range(12)]
    assert grouped(lines) == [[0, 2, 4, 6], [8, 10, 12, 14], [16, 18, 20, 22]]
