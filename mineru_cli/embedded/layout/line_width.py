"""The measure: how wide the lines of a column may be. Pure.

An address or a signature ends its lines far before the measure. Its block is given the whole measure, white
space included, so that whoever reads the crop can see that its line ends are meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.paragraphs import TextParagraph

SHORT = 0.75
"""Share of the measure that no line of such a block reaches."""

CLEAR = 2.0
"""Line heights kept from what stands to the right."""


def with_measure(
    paragraph: TextParagraph, paragraphs: Sequence[TextParagraph], visuals: Sequence[Box]
) -> Box:
    """The paragraph's box, reaching to the right end of its measure when all its lines end early."""
    box = paragraph.box
    right = _right_edge(paragraph, paragraphs, visuals)
    if len(paragraph.lines) < 2 or box.x1 > box.x0 + SHORT * (right - box.x0):
        return box
    return Box(box.x0, box.y0, right, box.y1)


def _right_edge(
    paragraph: TextParagraph, paragraphs: Sequence[TextParagraph], visuals: Sequence[Box]
) -> float:
    """Where the lines of its column may end, but before whatever stands on its right."""
    box, level = paragraph.box, paragraph.level
    column = [
        p.box.x1 for p in paragraphs if p.level.overlap_x(level) > 0.5 * level.width and len(p.lines) > 1
    ]
    edge = max([box.x1, *column])
    beside = [p.box for p in paragraphs if p is not paragraph] + list(visuals)
    walls = [b.x0 for b in beside if b.x0 >= box.x1 and b.overlap_y(box) > 0]
    return max(box.x1, min([edge, *(x - CLEAR * paragraph.height for x in walls)]))
