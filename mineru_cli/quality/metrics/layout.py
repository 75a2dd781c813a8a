"""What is worth knowing and not scored: heading levels, block types, boxes, images, headers and footers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum

from mineru_cli.quality.blocks import Block, Box
from mineru_cli.quality.matching.align import match
from mineru_cli.quality.matching.page_pair import PagePair

_SAME_IMAGE = 0.5
"""Two images are the same one when their boxes overlap by this share (intersection over union)."""


def heading_score(pair: PagePair) -> float | None:
    """Share of matched paragraphs that are headings on either page and have the same level on both."""
    levels = [(base.level, run.level) for base, run in _text_blocks(pair) if base.level or run.level]
    return sum(a == b for a, b in levels) / len(levels) if levels else None


def block_type_score(pair: PagePair) -> float | None:
    """Share of matched paragraphs whose writer gave them the same type."""
    types = [base.type == run.type for base, run in _text_blocks(pair)]
    return sum(types) / len(types) if types else None


def box_score(pair: PagePair) -> float | None:
    """Mean intersection over union of the boxes of matched blocks that have one on both pages."""
    shares = [overlap(base.box, run.box) for base, run in _blocks(pair) if base.box and run.box]
    return fsum(shares) / len(shares) if shares else None


def image_score(pair: PagePair) -> float | None:
    """Images found at the same place / max(count)."""
    base, run = pair.base.images, pair.run.images
    if not base and not run:
        return None
    pairs = sorted(
        (
            (
                -_shared(one, other),
                abs(i - j),
                min(i, j),
                i,
                j,
            )
            for i, one in enumerate(base)
            for j, other in enumerate(run)
        ),
    )
    free_base, free_run = set(range(len(base))), set(range(len(run)))
    for share, _, _, i, j in pairs:
        if -share >= _SAME_IMAGE and i in free_base and j in free_run:
            free_base.remove(i)
            free_run.remove(j)
    return (len(base) - len(free_base)) / max(len(base), len(run))


def aside_score(pair: PagePair) -> float | None:
    """Likeness of headers, footers, page numbers, side texts and notes, matched by text / max(count)."""
    base, run = pair.base.asides, pair.run.asides
    if not base and not run:
        return None
    likeness = [1.0 - m.distance / max(len(base[m.base]), len(run[m.run])) for m in match(base, run)]
    return fsum(likeness) / max(len(base), len(run))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (_area(one) + _area(other) - both)


def _shared(one: Block, other: Block) -> float:
    return overlap(one.box, other.box) if one.box and other.box else _SAME_IMAGE


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _text_blocks(pair: PagePair) -> Iterator[tuple[Block, Block]]:
    for m in pair.texts:
        yield pair.base.texts[m.base].block, pair.run.texts[m.run].block


def _blocks(pair: PagePair) -> Sequence[tuple[Block, Block]]:
    return [
        *_text_blocks(pair),
        *((pair.base.tables[m.base].block, pair.run.tables[m.run].block) for m in pair.tables),
        *((pair.base.formulas[m.base].block, pair.run.formulas[m.run].block) for m in pair.formulas),
    ]
