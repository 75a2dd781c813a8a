"""Line ends that are meant."""

from __future__ import annotations

import pytest

from mineru_cli.pages.line_ends import LineExtent, are_contents_entries, are_intended, whole_words


def block(*ends, left=0.0, first_word=60.0):
    return [LineExtent(left, end, first_word, 14.0) for end in ends]


@pytest.mark.parametrize(
    ("lines", "meant"),
    [
        (block(200, 320, 500, 120), True),
        (block(500, 498, 480, 130), False),
        (block(470, 500, 455, 130), False),
        (block(300), False),
        ([], False),
    ],
    ids=["address", "justified", "ragged", "one line", "none"],
)
def test_lines_that_end_early_are_meant(lines, meant):
    assert are_intended(lines) == meant


def test_a_block_wider_than_its_lines_shows_that_they_end_early():
    assert not are_intended(block(200, 205, 190))
    assert are_intended(block(200, 205, 190), right=500)


def test_centred_lines_are_one_title():
    assert not are_intended([LineExtent(200, 400, 60, 14), LineExtent(0, 600, 60, 14)])


def test_a_listing_is_not_centred_because_two_of_its_lines_happen_to_be():
    lines = [LineExtent(0, 200, 80, 14), LineExtent(40, 170, 60, 14), LineExtent(0, 10, 10, 14)]
    assert are_intended([*lines, LineExtent(0, 250, 180, 14)])


def test_dots_lead_to_page_numbers():
    assert are_contents_entries(
        ["1 Introduction ........ 3", "2 Methods . . . . . 12", "Index .......... xiv"]
    )
    assert not are_contents_entries(["Wait ...", "It costs 3.50 or 4", "in 2024"])


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (["They read only what a practic-", "ing lawyer reads", "Do not"], [2, 1]),
        (["They read only what a Practic-", "Ing lawyer reads", "Do not"], [1, 1, 1]),
        (["a line that reaches the right edge", "short post-", "war"], [1, 1, 1]),
        (["micro-", "nano-", "pico-"], [1, 1, 1]),
        (["from pages 10-", "twelve"], [1, 1]),
        (["one"], [1]),
    ],
)
def test_only_words_broken_at_the_right_edge_are_joined(lines, parts):
    extents = [LineExtent(0, len(line), len(line.split()[0]), 1) for line in lines]
    found = whole_words(lines, extents)
    assert [part.stop - part.start for part in found] == parts
    assert [line for part in found for line in lines[part]] == lines
