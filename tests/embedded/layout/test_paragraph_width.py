"""The measure of a column."""

from __future__ import annotations

from mineru_cli.embedded.geometry import Box, LineBox, Skew
from mineru_cli.embedded.layout.paragraphs import TextParagraph, with_measure
from mineru_cli.embedded.text.lines import text_line


def paragraph(x0, top, *ends):
    lines = [
        text_line([LineBox((x0 + x1) / 2, top + 17 * n, x1 - x0, 20, tight=14)], Skew())
        for n, x1 in enumerate(ends)
    ]
    return TextParagraph(tuple(lines))


PROSE = paragraph(50, 300, 850, 848, 500)


def test_an_address_gets_the_measure_of_the_prose_below_it():
    address = paragraph(50, 100, 200, 250, 180)
    assert with_measure(address, [address, PROSE], []).x1 == 850


def test_it_does_not_reach_blocks_on_its_right():
    address, date = paragraph(50, 100, 200, 250, 180), paragraph(600, 100, 700)
    assert with_measure(address, [address, date, PROSE], []).x1 == 600 - 2 * 14
    assert with_measure(address, [address, PROSE], [Box(400, 90, 500, 200)]).x1 == 400 - 2 * 14


def test_prose_keeps_its_box():
    assert with_measure(PROSE, [PROSE], []) == PROSE.box


def test_a_single_line_keeps_its_box():
    date = paragraph(50, 100, 150)
    assert with_measure(date, [date, PROSE], []) == date.box
