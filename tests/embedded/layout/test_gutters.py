"""Gutters between columns of prose."""

from __future__ import annotations

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.gutters import find_gutters


def row(y, *spans):
    return [Box(x0, y, x1, y + 12) for x0, x1 in spans]


def rows(count, *spans, start=100):
    return [box for n in range(count) for box in row(start + 16 * n, *spans)]


def test_a_narrow_gutter_between_columns_is_found():
    walls = find_gutters(rows(12, (50, 440), (455, 850)))
    assert [(w.x0, w.y0, w.y1) for w in walls] == [(447.5, 100, 288)]


def test_ragged_lines_still_have_a_gutter():
    boxes = [b for n in range(12) for b in row(100 + 16 * n, (50, 440 - 7 * (n % 3)), (455 + n % 2, 850))]
    assert len(find_gutters(boxes)) == 1


def test_a_line_across_parts_it():
    boxes = rows(8, (50, 440), (455, 850)) + row(230, (50, 850)) + rows(8, (50, 440), (455, 850), start=250)
    assert len(find_gutters(boxes)) == 2


def test_numbers_in_front_of_text_have_no_gutter():
    assert find_gutters(rows(12, (50, 70), (90, 850))) == []


def test_few_rows_have_no_gutter():
    assert find_gutters(rows(4, (50, 440), (455, 850))) == []


def test_one_column_has_no_gutter():
    assert find_gutters(rows(20, (50, 850))) == []
