"""Fragments, lines and skew."""

from __future__ import annotations

import math

from mineru_cli.embedded.geometry import Box, LineBox, Skew
from mineru_cli.embedded.text.lines import find_skew, in_rows, join_fragments, text_line, without_nested


def fragment(x0, x1, y, height=20.0, angle=0.0):
    return LineBox((x0 + x1) / 2, y, x1 - x0, height, angle)


def spans(lines):
    return [(round(n.level.x0), round(n.level.x1)) for n in lines]


def test_neighbours_in_a_row_become_one_line():
    assert spans(join_fragments([fragment(0, 100, 50), fragment(108, 300, 51)], Skew(), gap=1.0)) == [
        (0, 300)
    ]


def test_a_gutter_keeps_columns_apart():
    assert len(join_fragments([fragment(0, 400, 50), fragment(440, 900, 50)], Skew(), gap=1.3)) == 2


def test_a_rule_keeps_cells_apart():
    wall = Box(103, 0, 105, 100)
    assert (
        len(join_fragments([fragment(0, 100, 50), fragment(108, 200, 50)], Skew(), gap=1.3, walls=[wall]))
        == 2
    )


def test_a_section_number_stands_far_from_its_title():
    parts = [fragment(0, 40, 50), fragment(100, 300, 50)]
    assert spans(join_fragments(parts, Skew(), gap=1.3, is_counter=lambda _: True)) == [(0, 300)]
    assert len(join_fragments(parts, Skew(), gap=1.3, is_counter=lambda _: False)) == 2


def test_the_skew_of_a_page_is_what_its_long_lines_share():
    slope = math.tan(math.radians(0.7))
    lines = [fragment(0, 600, y, angle=0.7) for y in range(100, 500, 40)] + [fragment(0, 40, 600, angle=9)]
    assert abs(find_skew(lines).slope - slope) < 1e-6


def test_few_or_quarrelling_lines_have_no_skew():
    assert find_skew([fragment(0, 600, 100, angle=0.7)]) == Skew()
    assert find_skew([fragment(0, 600, 100, angle=a) for a in (-3, -2, 0.1, 2, 3)]) == Skew()


def test_nested_fragments_are_left_out():
    long, inner = fragment(0, 500, 50, 24), fragment(200, 220, 50, 16)
    assert without_nested([long, inner]) == [long]


def test_rows_go_from_top_to_bottom_and_left_to_right():
    lines = [
        text_line([f], Skew()) for f in (fragment(300, 400, 52), fragment(0, 100, 90), fragment(0, 100, 50))
    ]
    assert [(n.level.x0, round(n.level.cy)) for n in in_rows(lines)] == [(0, 50), (300, 52), (0, 90)]


def test_a_price_at_the_end_of_its_column_is_no_counter():
    name, price, other = fragment(0, 250, 50), fragment(265, 315, 50), fragment(370, 600, 50)
    joined = join_fragments([name, price, other], Skew(), gap=1.0, is_counter=lambda f: f is price)
    assert spans(joined) == [(0, 250), (265, 315), (370, 600)]


def test_dots_lead_to_their_number():
    dots, price = fragment(0, 250, 50), fragment(290, 340, 50)
    assert len(join_fragments([dots, price], Skew(), gap=1.3)) == 2
    assert len(join_fragments([dots, price], Skew(), gap=1.3, is_leader=lambda f: f is dots)) == 1


def test_leaders_of_their_own_continue_their_entry():
    entry, dots = fragment(0, 100, 50), fragment(140, 700, 50)
    assert len(join_fragments([entry, dots], Skew(), gap=1.3)) == 2
    assert len(join_fragments([entry, dots], Skew(), gap=1.3, dots={dots})) == 1
