"""Monospaced text: characters at equal distances. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

EVEN = 0.18
"""Maximum deviation from equal distances, in distances, of monospaced text (proportional: 0.2-1)."""

LEAST_CHARACTERS = 8
AGREE = 0.04


def pitch_of(offsets: Sequence[float], width: float) -> float | None:
    """Distance between characters in pixels if it is constant, None if it is not or they are too few.

    ``offsets`` are the characters' centres as shares of ``width`` pixels. A least-squares line is fitted to
    them.
    """
    count = len(offsets)
    if count < LEAST_CHARACTERS:
        return None
    mean_index, mean_offset = (count - 1) / 2, sum(offsets) / count
    spread = sum((i - mean_index) ** 2 for i in range(count))
    step = sum((i - mean_index) * (o - mean_offset) for i, o in enumerate(offsets)) / spread
    if step <= 0:
        return None
    error = sum((o - mean_offset - step * (i - mean_index)) ** 2 for i, o in enumerate(offsets)) / count
    return step * width if error**0.5 < EVEN * step else None


def common_pitch(pitches: Sequence[float | None]) -> float | None:
    """The pitch that four of five lines share, else None."""
    known = [p for p in pitches if p is not None]
    if not known or len(known) < 0.8 * len(pitches):
        return None
    middle = median(known)
    agreeing = sum(abs(p - middle) < AGREE * middle for p in known)
    return middle if agreeing >= 0.8 * len(pitches) else None
