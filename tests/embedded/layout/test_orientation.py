"""Which way up a page lies."""

from __future__ import annotations

import pytest
from PIL import Image

from mineru_cli.embedded.geometry import LineBox
from mineru_cli.embedded.layout.orientation import find_turn

INK = (0, 0, 0)
PAGE = Image.new("RGB", (400, 400), "white")
PAGE.paste(INK, (0, 0, 200, 400))
LINES = [LineBox(200, 50 + 40 * n, 300, 20) for n in range(6)]


class Judge:
    """Reads lines with the first confidence in the page's own direction, and with the second in the other one."""

    def __init__(self, upright=0.0, other=0.0, first=()):
        self.confidences = (upright, other)
        self.first = list(first)
        self.seen = 0

    def __call__(self, strips):
        self.seen += len(strips)
        read = []
        for strip in strips:
            upright = strip.getpixel((0, 0)) == INK
            if upright and self.first:
                read.append(self.first.pop())
            else:
                read.append(self.confidences[not upright])
        return sum(read) / len(read)


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
    assert find_turn(PAGE, LINES, Judge(*confidences)) == turn


def test_two_lines_that_read_well_suffice():
    judge = Judge(0.97)
    assert find_turn(PAGE, LINES, judge) == 0
    assert judge.seen == 2


@pytest.mark.parametrize(("first", "turn"), [((0.94, 0.94), 0), ((0.0, 0.0), 180)])
def test_otherwise_all_lines_count(first, turn):
    judge = Judge(0.92, 0.99, first=first)
    assert find_turn(PAGE, LINES, judge) == turn
    assert judge.seen == (6 if turn == 0 else 4)


def test_a_page_on_its_head_is_clear_after_two_lines():
    judge = Judge(0.7, 0.99)
    assert find_turn(PAGE, LINES, judge) == 180
    assert judge.seen == 4


def test_a_page_without_lines_stays():
    assert find_turn(PAGE, [], Judge()) == 0
