"""Leaders that are drawn, not written."""

from __future__ import annotations

import numpy as np
import pytest

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.leaders import find_leaders

ENTRY, PAGE = Box(50, 100, 200, 112), Box(700, 100, 720, 112)


def mask(*, every=3, rows=1, to=700):
    ink = np.zeros((300, 800), bool)
    ink[111 - rows : 111, 202 : to - 2 : every] = True
    return ink


@pytest.mark.parametrize("every", [1, 3, 6])
def test_a_line_or_dots_between_an_entry_and_its_page_are_leaders(every):
    assert find_leaders([ENTRY, PAGE], mask(every=every)) == [Box(200, 100, 700, 112)]


@pytest.mark.parametrize("ink", [mask(every=30), mask(rows=12), mask(to=400)])
def test_single_dots_pictures_and_short_lines_are_none(ink):
    assert find_leaders([ENTRY, PAGE], ink) == []


def test_leaders_lead_to_something_short():
    assert find_leaders([ENTRY, Box(500, 100, 790, 112)], mask(to=500)) == []
