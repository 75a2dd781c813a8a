"""Text and footnotes that are parts of a caption become captions before figures are grouped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from mineru_cli.domain.block import PAGE_FURNITURE
from mineru_cli.output.tree.build import CAPTION, FOOTNOTE, IMAGE_GROUP
from mineru_cli.output.tree.node import Node, Points
from mineru_cli.output.tree.table_rows import halved

BODIES = {
    "image_body": "image", IMAGE_GROUP: "image", "table_body": "table", "chart_body": "chart",
    "code_body": "code",
}  # fmt: skip
"""Bodies of figures, and the kind of group that each becomes."""

_LOOSE = frozenset({"text", FOOTNOTE})
_STACK = _LOOSE | {CAPTION}
_NEAR = 12
"""Distance in points within which a caption is always adjacent to its figure."""

_CONTINUED_ENDS = ("(续)", "(续表)", "(续上表)", "(continued)", "(cont.)", "(cont’d)", "(…continued)", "续表")
_CONTINUED_ANYWHERE = "(continued)"
_CONTINUED = "continued"


def adopt_fragments(blocks: Sequence[Node]) -> None:
    """Turn fragments of captions into captions. ``blocks`` are a page's in reading order; changes them."""
    if len(blocks) >= 3:
        _beside_captions(blocks)
        _under_captions(blocks)
    _continued_tables(blocks)


def _become_caption(block: Node) -> None:
    block.kind = CAPTION
    block.merge_prev = None  # excluded from joining paragraphs from here on


def _beside_captions(blocks: Sequence[Node]) -> None:
    """Text on a caption's line, just above the figure that follows."""
    body = [block for block in blocks if block.kind not in PAGE_FURNITURE]
    for before, block, after in zip(body, body[1:], body[2:], strict=False):
        if (
            block.kind in _LOOSE
            and before.kind == CAPTION
            and after.kind in BODIES
            and _same_line(before.bbox, block.bbox)
            and _just_above(before.bbox, block.bbox, after.bbox)
        ):
            _become_caption(block)


def _same_line(a: Points, b: Points) -> bool:
    heights = (max(a[3] - a[1], 1), max(b[3] - b[1], 1))
    shared = min(a[3], b[3]) - max(a[1], b[1])
    offset = abs((a[1] + a[3]) / 2 - (b[1] + b[3]) / 2)
    return shared / min(heights) >= 0.6 or offset <= max(heights) * 0.5


def _just_above(a: Points, b: Points, figure: Points) -> bool:
    height = max(a[3] - a[1], b[3] - b[1], 1)
    return 0 <= figure[1] - max(a[3], b[3]) <= _reach(height)


def _reach(height: float) -> float:
    return max(_NEAR, height * 1.5)


def _under_captions(blocks: Sequence[Node]) -> None:
    """Text between a table and the last caption of the stack above it."""
    for table in blocks:
        if table.kind != "table_body":
            continue
        stack = _stack_above(table, blocks)
        captions = [place for place, block in enumerate(stack) if block.kind == CAPTION]
        for block in stack[captions[-1] + 1 :] if captions else ():
            if block.kind in _LOOSE:
                _become_caption(block)


def _stack_above(table: Node, blocks: Iterable[Node]) -> list[Node]:
    """Captions, text and footnotes above a table without a gap between them, from the top."""
    above = [
        block
        for block in blocks
        if block.kind in _STACK and block.bbox[3] <= table.bbox[1] and _in_reach(block.bbox, table.bbox)
    ]
    # Among those that start at the same height, the last in reading order comes first.
    above.sort(key=lambda block: (block.bbox[1], block.index or 0), reverse=True)
    stack: list[Node] = []
    edge, tallest = table.bbox[1], 1
    for block in above:
        tallest = max(tallest, block.bbox[3] - block.bbox[1])
        if not 0 <= edge - block.bbox[3] <= _reach(tallest):
            break
        stack.append(block)
        edge = block.bbox[1]
    return stack[::-1]


def _in_reach(box: Points, table: Points) -> bool:
    slack = max(_NEAR, max(table[2] - table[0], 1) * 0.03)
    return box[2] >= table[0] - slack and box[0] <= table[2] + slack


def _continued_tables(blocks: Sequence[Node]) -> None:
    """Text at the top of a page that says "Table 2 (continued)", above the table."""
    body = [block for block in blocks if block.kind not in PAGE_FURNITURE]
    leading = list(takewhile(lambda block: block.kind in _LOOSE and is_continuation(block.text), body))
    if not leading or len(leading) == len(body):
        return
    table = body[len(leading)]
    if table.kind == "table_body" and _stacked(leading, table):
        for block in leading:
            _become_caption(block)


def _stacked(leading: Sequence[Node], table: Node) -> bool:
    edge, tallest = table.bbox[1], 1
    for block in reversed(leading):
        height = max(block.bbox[3] - block.bbox[1], 1)
        tallest = max(tallest, height)
        gap = edge - block.bbox[3]
        if not _in_reach(block.bbox, table.bbox) or gap > _reach(tallest) or gap < -max(2, height * 0.3):
            return False
        edge = block.bbox[1]
    return True


def is_continuation(text: str) -> bool:
    """Whether a caption marks its table as continued from the page before. "discontinued" does not."""
    plain = halved(text.strip()).lower()
    if plain.endswith(_CONTINUED):
        before = plain[: -len(_CONTINUED)]
        if not before or not before[-1].isalpha():
            return True
    return plain.endswith(_CONTINUED_ENDS) or _CONTINUED_ANYWHERE in plain
