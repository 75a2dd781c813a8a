"""Confidence of a page's entries, from ``_model.json`` as written with ``--confidence``.

The file has the model's blocks; an entry may consist of several: those inside its boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mineru_cli.domain.confidence import Confidence, combined

Box = tuple[float, float, float, float]
_INSIDE = 0.8
"""Share of a block that must lie in an entry's box: both were rounded, some to whole points."""


@dataclass(frozen=True, slots=True)
class CertainBlock:
    """A block of ``_model.json``: its box in thousandths of the page."""

    box: Box
    confidence: Confidence


def certain_blocks(page: Any) -> list[CertainBlock]:
    """The blocks of a page of ``_model.json`` that have a confidence; malformed ones are left out.

    A block weighs by the length of its text: the file does not say how many tokens it had.
    """
    found = []
    for block in page if isinstance(page, list) else ():
        confidence = block.get("confidence") if isinstance(block, dict) else None
        if not isinstance(confidence, dict):
            continue
        values, box = _shares([confidence.get("mean"), confidence.get("lowest")]), _shares(block.get("bbox"))
        if len(values) == 2 and len(box) == 4:
            x0, y0, x1, y1 = (side * 1000 for side in box)
            weight = max(1, len(str(block.get("content") or "")))
            found.append(CertainBlock((x0, y0, x1, y1), Confidence(values[0], values[1], weight)))
    return found


def confidence_in(boxes: Sequence[Box], blocks: Iterable[CertainBlock]) -> Confidence | None:
    """Combined over the blocks that lie in one of the boxes."""
    return combined(
        one.confidence for one in blocks if any(_inside(one.box, box) >= _INSIDE for box in boxes)
    )


def _shares(value: object) -> list[float]:
    """A list of numbers between 0 and 1; empty if not valid."""
    items = value if isinstance(value, list) else []
    numbers = [float(one) for one in items if isinstance(one, int | float) and 0 <= one <= 1]
    return numbers if len(numbers) == len(items) else []


def _inside(inner: Box, outer: Box) -> float:
    """The share of ``inner`` that lies in ``outer``."""
    width = min(inner[2], outer[2]) - max(inner[0], outer[0])
    height = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return max(0.0, width) * max(0.0, height) / area if area > 0 else 0.0
