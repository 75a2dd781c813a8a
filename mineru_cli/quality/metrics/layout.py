"""Metrics that are reported and not judged: heading levels, block types, boxes, images, headers and footers.

Every page that has them has the same weight: their amounts are 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from mineru_cli.quality.blocks import Box, ComparedBlock, Kind
from mineru_cli.quality.matching.align import match
from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.metrics.scores import Measure

_SAME_IMAGE = 0.5
"""Images are the same if the intersection over union of their boxes is at least this."""


def heading_score(pair: PagePair) -> Measure | None:
    """Share of matched paragraphs that are headings on either page and have the same level on both."""
    levels = [(base.level, run.level) for base, run in _text_blocks(pair) if base.level or run.level]
    return _share([float(a == b) for a, b in levels])


def block_type_score(pair: PagePair) -> Measure | None:
    """Share of matched paragraphs with the same type."""
    return _share([float(base.type == run.type) for base, run in _text_blocks(pair)])


def box_score(pair: PagePair) -> Measure | None:
    """Mean intersection over union of the boxes of matched blocks that have one on both pages."""
    return _share([overlap(base.box, run.box) for base, run in _blocks(pair) if base.box and run.box])


def image_score(pair: PagePair) -> Measure | None:
    """Images found at the same place / max(count)."""
    base, run = pair.base.images, pair.run.images
    if not base and not run:
        return None
    pairs = sorted(
        (-_shared(one, other), abs(i - j), min(i, j), i, j)
        for i, one in enumerate(base)
        for j, other in enumerate(run)
    )
    free_base, free_run = set(range(len(base))), set(range(len(run)))
    for share, _, _, i, j in pairs:
        if -share >= _SAME_IMAGE and i in free_base and j in free_run:
            free_base.remove(i)
            free_run.remove(j)
    return Measure((len(base) - len(free_base)) / max(len(base), len(run)), 1)


def aside_score(pair: PagePair) -> Measure | None:
    """Similarity of headers, footers, page numbers, side texts and notes, matched by text / max(count)."""
    base, run = pair.base.asides, pair.run.asides
    if not base and not run:
        return None
    likeness = [1.0 - m.distance / max(len(base[m.base]), len(run[m.run])) for m in match(base, run)]
    return Measure(fsum(likeness) / max(len(base), len(run)), 1)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (_area(one) + _area(other) - both)


def _shared(one: ComparedBlock, other: ComparedBlock) -> float:
    return overlap(one.box, other.box) if one.box and other.box else _SAME_IMAGE


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _text_blocks(pair: PagePair) -> Sequence[tuple[ComparedBlock, ComparedBlock]]:
    return [both for both in _blocks(pair) if both[0].kind is both[1].kind is Kind.TEXT]


def _blocks(pair: PagePair) -> Sequence[tuple[ComparedBlock, ComparedBlock]]:
    """Pairs of blocks linked one to one."""
    single = (link for link in pair.links if len(link.base) == len(link.run) == 1)
    return [(link.base[0].block, link.run[0].block) for link in single]


def _share(values: Sequence[float]) -> Measure | None:
    return Measure(fsum(values) / len(values), 1) if values else None
