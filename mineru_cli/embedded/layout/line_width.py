"""The measure (in typography, the width of a column's full lines). Pure.

The lines of an address or a signature end far before the measure. Such a block gets the whole measure,
including the white space, so that the crop shows that its line breaks are intended.
"""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.paragraphs import TextParagraph

SHORT = 0.75
"""Share of the measure that all lines of such a block stay below, 0-1."""

CLEAR = 2.0
"""Minimum distance from the next block on the right, in line heights."""


def with_measure(
    paragraph: TextParagraph, paragraphs: Sequence[TextParagraph], visuals: Sequence[Box]
) -> Box:
    """The paragraph's box, extended to the right end of its measure when all its lines end early."""
    box = paragraph.box
    right = _right_edge(paragraph, paragraphs, visuals)
    if len(paragraph.lines) < 2 or box.x1 > box.x0 + SHORT * (right - box.x0):
        return box
    return Box(box.x0, box.y0, right, box.y1)


def _right_edge(
    paragraph: TextParagraph, paragraphs: Sequence[TextParagraph], visuals: Sequence[Box]
) -> float:
    """The right edge of its column's lines, limited by the next block on the right."""
    box, level = paragraph.box, paragraph.level
    column = [
        p.box.x1 for p in paragraphs if p.level.overlap_x(level) > 0.5 * level.width and len(p.lines) > 1
    ]
    edge = max([box.x1, *column])
    beside = [p.box for p in paragraphs if p is not paragraph] + list(visuals)
    walls = [b.x0 for b in beside if b.x0 >= box.x1 and b.overlap_y(box) > 0]
    return max(box.x1, min([edge, *(x - CLEAR * paragraph.height for x in walls)]))
