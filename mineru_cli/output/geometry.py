"""Geometry of boxes. All lengths are shares of the page."""

from __future__ import annotations

from collections.abc import Iterable

from mineru_cli.domain.block import BBox


def width(box: BBox) -> float:
    """Horizontal extent."""
    return box[2] - box[0]


def height(box: BBox) -> float:
    """Vertical extent."""
    return box[3] - box[1]


def inside(inner: BBox, outer: BBox) -> float:
    """Share of ``inner``'s area that lies in ``outer``, 0-1."""
    across = min(inner[2], outer[2]) - max(inner[0], outer[0])
    down = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = width(inner) * height(inner)
    return max(across, 0.0) * max(down, 0.0) / area if area > 0 else 0.0


def gap(a: BBox, b: BBox) -> float:
    """Distance between the nearest points of two boxes, 0 where they touch or overlap."""
    across = max(a[0] - b[2], b[0] - a[2], 0.0)
    down = max(a[1] - b[3], b[1] - a[3], 0.0)
    return float((across**2 + down**2) ** 0.5)


def union(boxes: Iterable[BBox]) -> BBox:
    """Smallest box around all; raises ValueError for none."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
