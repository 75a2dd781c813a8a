"""Merges the blocks of a page's overlapping parts: no line is lost or duplicated, the order is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from mineru_cli.domain.block import BBox
from mineru_cli.domain.confidence import combined
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.parts import Parts, Span

WHOLE: Final[BBox] = (0.0, 0.0, 1.0, 1.0)
_JOINED_WHOLE: Final = frozenset({"table", "image", "chart", "list", "equation", "equation_block", "code"})
"""Types that are joined at any length; of others only what fits into a part is."""
_NEAR = 0.004
"""Distance, in shares of the page, within which a block's edge is on the seam."""
_SAME_PLACE = 0.5
"""Share of the narrower of two blocks that must overlap the other for both to be one."""

_X, _Y = 0, 1


def images_of(page: PageImage) -> Iterator[tuple[BBox, PageImage]]:
    """The page's parts, column by column, each with its place; the page itself where it has none."""
    if page.parts is None:
        yield WHOLE, page
        return
    width, height = page.image.size
    for left, right in page.parts.across:
        for top, bottom in page.parts.down:
            box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
            part = PageImage(page.index, page.image.crop(box), page.width, page.height)
            yield (left, top, right, bottom), part


def joined(found: Sequence[list[Any]], parts: Parts | None) -> list[Any]:
    """The page's blocks, merged from those of each picture of ``images_of``, in reading order.

    Columns of parts follow each other, each from top to bottom.
    """
    if parts is None:
        return found[0]
    rows = len(parts.down)
    columns = []
    for number, (across, seams) in enumerate(zip(parts.across, parts.seams_down, strict=True)):
        pieces = found[number * rows : (number + 1) * rows]
        for blocks, down in zip(pieces, parts.down, strict=True):
            _place(blocks, across, down)
        columns.append(_chained(pieces, seams, _Y, parts.down[0][1] - parts.down[0][0]))
    return _chained(columns, parts.seams_across, _X, 1.0)


def _place(blocks: Sequence[Any], across: Span, down: Span) -> None:
    """From shares of a part to shares of the page."""
    width, height = across[1] - across[0], down[1] - down[0]
    for block in blocks:
        x0, y0, x1, y1 = block.bbox
        block.bbox = [
            across[0] + x0 * width,
            down[0] + y0 * height,
            across[0] + x1 * width,
            down[0] + y1 * height,
        ]


def _chained(pieces: Sequence[list[Any]], seams: Sequence[float], axis: int, longest: float) -> list[Any]:
    result = list(pieces[0])
    for piece, seam in zip(pieces[1:], seams, strict=True):
        result = _joined(result, piece, seam, axis, longest)
    return result


def _joined(before: list[Any], after: list[Any], seam: float, axis: int, longest: float) -> list[Any]:
    """Blocks before the seam are taken from ``before``, those after it from ``after``."""
    first = [block for block in before if block.bbox[axis] < seam - _NEAR]
    second = [block for block in after if block.bbox[axis + 2] > seam + _NEAR]
    for block in [block for block in first if block.bbox[axis + 2] > seam + _NEAR]:
        partners = [other for other in second if _meet(block, other, axis)]
        if not partners:
            continue  # only the part before the seam has it
        crossing = [other for other in partners if other.bbox[axis] < seam - _NEAR]
        other = next((one for one in crossing if _one_kind(block, one)), None)
        if other is not None and _fits(block, other, axis, longest):
            _unite(block, other, axis)
            second.remove(other)
        else:
            block.bbox[axis + 2] = seam
            if other is not None:
                other.bbox[axis] = seam
                if axis == _Y and block.type == "text":
                    other["merge_prev"] = True
    for other in second:
        covered = any(_meet(block, other, axis) for block in first)
        if other.bbox[axis] < seam - _NEAR and covered:
            other.bbox[axis] = seam
    return first + second


def _meet(a: Any, b: Any, axis: int) -> bool:
    """Whether two blocks overlap along the axis and are adjacent across it."""
    along = min(a.bbox[axis + 2], b.bbox[axis + 2]) - max(a.bbox[axis], b.bbox[axis])
    other = 1 - axis
    shared = min(a.bbox[other + 2], b.bbox[other + 2]) - max(a.bbox[other], b.bbox[other])
    narrower = min(a.bbox[other + 2] - a.bbox[other], b.bbox[other + 2] - b.bbox[other])
    return bool(along > 0 and shared >= _SAME_PLACE * narrower)


def _one_kind(a: Any, b: Any) -> bool:
    return a.type == b.type or (a.type not in _JOINED_WHOLE and b.type not in _JOINED_WHOLE)


def _fits(a: Any, b: Any, axis: int, longest: float) -> bool:
    length = max(a.bbox[axis + 2], b.bbox[axis + 2]) - min(a.bbox[axis], b.bbox[axis])
    return bool(axis == _X or length <= longest or a.type in _JOINED_WHOLE)


def _unite(block: Any, other: Any, axis: int) -> None:
    """Its beginning from the part before the seam, its end from the part after it."""
    a, b, cross = block.bbox, other.bbox, 1 - axis
    box = list(a)
    box[cross], box[cross + 2] = min(a[cross], b[cross]), max(a[cross + 2], b[cross + 2])
    box[axis + 2] = b[axis + 2]
    block.bbox = box
    if sure := combined((block.get("confidence"), other.get("confidence"))):
        block["confidence"] = sure
