"""Boxes, turned lines and levelled pages."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.embedded.geometry import Box, LineBox, Skew, hull

sides = st.floats(0, 1000, allow_nan=False)
boxes = st.builds(
    lambda a, b, c, d: Box(min(a, c), min(b, d), max(a, c), max(b, d)), sides, sides, sides, sides
)


@given(boxes, boxes)
def test_the_hull_holds_both_boxes(a, b):
    around = hull([a, b])
    assert around.intersection(a) == pytest.approx(a.area)
    assert around.intersection(b) == pytest.approx(b.area)


@given(boxes, boxes)
def test_common_area_is_symmetric_and_never_more_than_either(a, b):
    assert a.intersection(b) == b.intersection(a)
    assert a.intersection(b) <= min(a.area, b.area) + 1e-6


def test_share_in_counts_from_the_smaller_side():
    assert Box(0, 0, 10, 10).share_in(Box(5, 0, 100, 10)) == pytest.approx(0.5)
    assert Box(3, 3, 3, 9).share_in(Box(0, 0, 10, 10)) == 0.0


def test_a_box_is_clipped_to_the_page():
    assert Box(-5, -5, 50, 500).clipped(40, 100) == Box(0, 0, 40, 100)


def test_the_hull_of_a_turned_line_grows():
    level, turned = LineBox(100, 50, 80, 10), LineBox(100, 50, 80, 10, angle=30)
    assert level.box == Box(60, 45, 140, 55)
    assert turned.box.height == pytest.approx(
        80 * math.sin(math.radians(30)) + 10 * math.cos(math.radians(30))
    )


def test_scaling_keeps_the_line_where_it_is_on_the_page():
    line = LineBox(100, 50, 80, 10, angle=1.0).scaled(2, 2)
    assert (line.cx, line.cy, line.width, line.height) == (200, 100, 160, 20)
    assert line.angle == pytest.approx(1.0)


def test_levelling_brings_lines_of_a_slanted_page_to_one_height():
    skew = Skew(0.02)
    left, right = LineBox(100, 102, 50, 10, 1.1), LineBox(900, 118, 50, 10, 1.1)
    assert skew.level(left).cy == pytest.approx(skew.level(right).cy, abs=0.5)


def test_a_tall_line_is_not_upright():
    assert not LineBox(10, 10, 5, 40).upright
    assert LineBox(10, 10, 40, 5).upright
