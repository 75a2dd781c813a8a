"""Text that goes on behind a break."""

from __future__ import annotations

from mineru_cli.embedded.geometry import LineBox, Skew
from mineru_cli.embedded.layout.continuation import continuing
from mineru_cli.embedded.layout.paragraphs import TextParagraph
from mineru_cli.embedded.text.lines import text_line


def paragraph(left, top, *ends):
    return TextParagraph(
        tuple(
            text_line([LineBox((left + end) / 2, top + 20 * n, end - left, 20, tight=14)], Skew())
            for n, end in enumerate(ends)
        )
    )


def going_on(*blocks, says="and so"):
    return continuing([p for p, _ in blocks], [kind for _, kind in blocks], lambda box: says)


LEFT, RIGHT = paragraph(50, 100, 480, 480, 478), paragraph(520, 90, 950, 950)


def test_a_full_line_without_a_stop_continues_in_the_next_column():
    assert going_on((LEFT, "text"), (RIGHT, "text")) == {1}
    assert going_on((LEFT, "text"), (RIGHT, "text"), says="the end.") == set()


def test_a_heading_over_the_column_does_not_make_its_lines_short():
    heading = paragraph(60, 40, 800)
    assert going_on((heading, "title"), (LEFT, "text"), (RIGHT, "text")) == {2}


def test_a_short_line_is_not_full_though_it_stands_alone():
    prose = paragraph(50, 100, 950, 950, 300)
    source, other = paragraph(50, 300, 250), paragraph(50, 600, 700)
    assert going_on((prose, "text"), (source, "text"), (None, "image"), (other, "text")) == set()
