"""The layout reply of MinerU2.5: boxes, types and angles in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mineru_cli.domain.confidence import TokenProbabilities
from mineru_cli.recipes import vl

_BOX_START = "<|box_start|>"
_BOX = re.compile(
    r"<\|box_start\|>(\d{1,4})\s+(\d{1,4})\s+(\d{1,4})\s+(\d{1,4})<\|box_end\|><\|ref_start\|>\w{1,40}<\|ref_end\|>"
)
_KIND = "<|ref_start|>"
_LONGEST_BOX = 1_000
_SCALE = 1_000


def shows_boxes(text: str) -> bool:
    """Whether a layout reply is usable: it has at least one block, or reports a blank page."""
    return not text.strip() or any(_places(found) for found in _BOX.finditer(text))


def _places(found: re.Match[str]) -> bool:
    x0, y0, x1, y1 = map(int, found.groups())
    return max(x0, y0, x1, y1) <= _SCALE and x0 != x1 and y0 != y1


def counts_boxes(text: str) -> int:
    """The number of boxes in a layout reply."""
    return text.count(_BOX_START)


def parse_layout(text: str, most_blocks: int) -> list[Any]:
    """The library's ``ContentBlock`` values of a reply, at most ``most_blocks``; empty when it is prose.

    Each box is cut to 1,000 characters first: the library turns runs of digits of any length into numbers.
    """
    boxes = text.split(_BOX_START)[1 : most_blocks + 1]
    parsed: list[Any] = vl.helper().parse_layout_output(
        "".join(_BOX_START + box[:_LONGEST_BOX] for box in boxes)
    )
    return parsed


def put_kind_confidence(blocks: Iterable[Any], text: str, tokens: TokenProbabilities) -> None:
    """Set for each block the model's confidence in its type and angle.

    The box is left out: that a side might be a thousandth further says nothing about the content.
    """
    places, spans = [], []
    for found in _BOX.finditer(text):
        end = text.find(_BOX_START, found.end())
        places.append(_corners(*(int(side) / _SCALE for side in found.groups())))
        spans.append((text.index(_KIND, found.start()), end if end >= 0 else len(text)))
    known = dict(zip(places, tokens.within(text, spans), strict=True))
    for block in blocks:
        sure = known.get(_corners(*block.bbox))
        if sure is not None:
            block["confidence"] = sure


def _corners(x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
    left, right = sorted((round(x0 * _SCALE), round(x1 * _SCALE)))
    top, bottom = sorted((round(y0 * _SCALE), round(y1 * _SCALE)))
    return left, top, right, bottom
