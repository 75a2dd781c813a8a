"""Joins paragraphs that continue in the next column, and lists of references in consecutive blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mineru_cli.output.tree.node import Node, TreeLine
from mineru_cli.output.tree.page import PageTree

_STOPS = (".", "!", "?", "。", "！", "？", ")", "）", '"', "”", ":", "：", ";", "；")
_LOOK_THROUGH = frozenset({"image", "table", "chart", "code"})
"""Blocks that may be between the parts of a paragraph."""


def join_paragraphs(blocks: Sequence[Node]) -> None:
    """Join the paragraphs of one page that the model marks as continued, the last ones first."""
    for place in range(len(blocks) - 1, -1, -1):
        block = blocks[place]
        if block.kind != "text" or not block.merge_prev or not _has_spans(block):
            continue
        earlier = _earlier_text(blocks, place)
        if earlier is None or not _continues(earlier, block):
            continue
        if earlier.lines is not None and block.lines is not None:
            earlier.lines += block.lines
        block.lines = []
        block.extras["lines_deleted"] = True
        earlier.flaw = earlier.flaw or block.flaw


def _has_spans(block: Node) -> bool:
    return any(line.spans for line in block.lines or ())


def _earlier_text(blocks: Sequence[Node], place: int) -> Node | None:
    for block in reversed(blocks[:place]):
        if block.kind == "text":
            return block
        if block.kind not in _LOOK_THROUGH:
            return None
    return None


def _continues(earlier: Node, block: Node) -> bool:
    """Whether text and position of the two agree with the model's mark."""
    if not earlier.lines or not block.lines:
        return False
    first, last = block.lines[0].bbox, earlier.lines[-1].bbox
    if first[3] <= first[1] or last[3] <= last[1]:
        return False
    left = min(line.bbox[0] for line in block.lines)
    right = max(line.bbox[2] for line in earlier.lines)
    if abs(left - first[0]) >= (first[3] - first[1]) / 2 or abs(right - last[2]) >= last[3] - last[1]:
        return False
    begins, ends = _first_text(block.lines), _last_text(earlier.lines)
    if not begins or not ends or ends.endswith(_STOPS) or begins[0].isdigit() or begins[0].isupper():
        return False
    widths = (_width(block.lines), _width(earlier.lines))
    if min(widths) <= 0 or abs(widths[0] - widths[1]) >= min(widths):
        return False
    return block.bbox[1] < earlier.bbox[3]


def _width(lines: Sequence[TreeLine]) -> int:
    return max(line.bbox[2] for line in lines) - min(line.bbox[0] for line in lines)


def _first_text(lines: Sequence[TreeLine]) -> str:
    return next((span.content for line in lines for span in line.spans if span.content), "")


def _last_text(lines: Sequence[TreeLine]) -> str:
    return next(
        (span.content for line in reversed(lines) for span in reversed(line.spans) if span.content), ""
    )


def is_references(block: Node) -> bool:
    """Whether it is a list of references."""
    return block.kind == "list" and block.sub_type == "ref_text"


def join_references(pages: Sequence[PageTree]) -> None:
    """Join lists of references that follow each other, over pages as well. The last ones first."""
    row = [(page.index, block) for page in pages for block in page.blocks]
    for (earlier_page, earlier), (page, block) in reversed(list(pairwise(row))):
        if not is_references(block) or not is_references(earlier) or not block.blocks:
            continue
        if page != earlier_page:
            _mark_crossing(block)
        earlier.blocks = (earlier.blocks or []) + block.blocks
        block.blocks = []
        block.extras["lines_deleted"] = True


def _mark_crossing(block: Node) -> None:
    for member in block.blocks or ():
        for line in member.lines or ():
            for span in line.spans:
                span.cross_page = True
