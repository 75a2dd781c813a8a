"""Layout in the format of MinerU2.5: one line of tokens per block. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.analyse import LayoutBlock

TURN_TOKENS = {0: "up", 90: "right", 180: "down", 270: "left"}
CONTINUES = "txt_contd_tgt"
"""Written after a text block that continues the previous one."""


def layout_reply(blocks: Sequence[LayoutBlock], width: float, height: float) -> str:
    """The blocks with coordinates in thousandths of the image's sides, one per line; "" without blocks."""
    return "\n".join(_line(block, width, height) for block in blocks)


def _line(block: LayoutBlock, width: float, height: float) -> str:
    x0, y0, x1, y1 = _thousandths(block.box, width, height)
    tail = CONTINUES if block.continues else ""
    return (
        f"<|box_start|>{x0} {y0} {x1} {y1}<|box_end|><|ref_start|>{block.type}<|ref_end|>"
        f"<|rotate_{TURN_TOKENS[block.turn]}|>{tail}"
    )


def _thousandths(box: Box, width: float, height: float) -> tuple[int, int, int, int]:
    """The box in thousandths, rounded outward, at least 1 wide and high, within 0-1000."""
    x0 = min(max(math.floor(1000 * box.x0 / width), 0), 999)
    y0 = min(max(math.floor(1000 * box.y0 / height), 0), 999)
    x1 = min(max(math.ceil(1000 * box.x1 / width), x0 + 1), 1000)
    y1 = min(max(math.ceil(1000 * box.y1 / height), y0 + 1), 1000)
    return x0, y0, x1, y1
