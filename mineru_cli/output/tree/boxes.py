"""Geometry of boxes in points."""

from __future__ import annotations

from math import hypot

from mineru_cli.output.tree.node import Points


def in_points(box: tuple[float, float, float, float], width: int, height: int) -> Points:
    """Shares of the page as points, truncated as in MinerU: all other values derive from these."""
    x0, y0, x1, y1 = (
        int(value * side) for value, side in zip(box, (width, height, width, height), strict=True)
    )
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def in_thousandths(box: Points, width: int, height: int) -> list[int]:
    """Points as thousandths of the page, truncated."""
    sides = (width, height, width, height)
    return [int(value * 1000 / side) if side else 0 for value, side in zip(box, sides, strict=True)]


def area(box: Points) -> int:
    """Square points."""
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def covered(inner: Points, outer: Points) -> float:
    """Share of ``inner`` that lies in ``outer``; 0 for a box without area."""
    across = min(inner[2], outer[2]) - max(inner[0], outer[0])
    down = min(inner[3], outer[3]) - max(inner[1], outer[1])
    size = area(inner)
    return across * down / size if size and across >= 0 and down >= 0 else 0.0


def overlap(a: Points, b: Points) -> bool:
    """Whether two boxes share more than an edge."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def distance(a: Points, b: Points) -> float:
    """The distance between the nearest points of two boxes."""
    across = max(a[0] - b[2], b[0] - a[2], 0)
    down = max(a[1] - b[3], b[1] - a[3], 0)
    return hypot(across, down)


def distance_of_centres(a: Points, b: Points) -> float:
    """The distance between the centres of two boxes."""
    return hypot((a[0] + a[2]) / 2 - (b[0] + b[2]) / 2, (a[1] + a[3]) / 2 - (b[1] + b[3]) / 2)


def relative(inner: Points, outer: Points) -> list[float]:
    """``inner`` in shares of ``outer``, 0-1, to three places."""
    width, height = max(outer[2] - outer[0], 1), max(outer[3] - outer[1], 1)
    shares = (
        (inner[0] - outer[0]) / width,
        (inner[1] - outer[1]) / height,
        (inner[2] - outer[0]) / width,
        (inner[3] - outer[1]) / height,
    )
    return [round(min(max(share, 0.0), 1.0), 3) for share in shares]
