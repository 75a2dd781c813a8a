"""Which way up a page lies, told by a reader of known skill."""

from __future__ import annotations

import pytest
from PIL import Image

from mineru_cli.embedded.geometry import LineBox
from mineru_cli.embedded.layout.orientation import find_turn

PAGE = Image.new("RGB", (400, 400), "white")
LINES = [LineBox(200, 50 + 40 * n, 300, 20) for n in range(6)]


def judge(*confidences):
    """Says these one after the other, the first for the page as it lies."""
    said = iter(confidences)
    return lambda strips: next(said)


@pytest.mark.parametrize(
    ("confidences", "turn"),
    [
        ((0.97,), 0),
        ((0.72, 0.99), 180),
        ((0.3, 0.9), 180),
        ((0.8, 0.82), 0),
        ((0.15, 0.37), 0),
        ((0.0, 0.63), 0),
        ((0.0, 0.0), 0),
    ],
    ids=["upright", "on its head", "noisy", "no difference", "hangul", "guesses", "no text"],
)
def test_only_text_that_reads_well_on_its_head_turns_the_page(confidences, turn):
    assert find_turn(PAGE, LINES, judge(*confidences)) == turn


def test_a_page_without_lines_stays():
    assert find_turn(PAGE, [], judge()) == 0
