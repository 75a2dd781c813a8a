"""Whether the line ends of a block are meant, as in an address, or only where the paper ended. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

EARLY_SHARE = 0.6
"""When more of a block's lines end before they had to, its line ends are meant."""

_LEADER = re.compile(r"(?:[.·…_]\s?){4,}\s*[\divxlcIVXLC]{1,5}$")
"""Dots that lead to a page number: the line is an entry of a table of contents."""


@dataclass(frozen=True, slots=True)
class LineExtent:
    """Where a line begins and ends, how wide its first word is and how high it is, in one unit of length."""

    left: float
    right: float
    first_word: float
    height: float

    @property
    def middle(self) -> float:
        """Between its ends."""
        return (self.left + self.right) / 2


def are_meant(lines: Sequence[LineExtent], right: float = 0.0) -> bool:
    """Most lines end where the next word would still have found room, and they are not centred.

    ``right`` is where lines may reach, if that is further than any of them does.
    """
    if len(lines) < 2:
        return False
    left, right = min(line.left for line in lines), max(right, *(line.right for line in lines))
    height = median(line.height for line in lines)
    slack = max(0.8 * height, 0.06 * (right - left))
    early = [right - a.right > b.first_word + slack for a, b in pairwise(lines)]
    centred = [
        abs(a.middle - b.middle) < 0.5 * height and abs(a.left - b.left) > height for a, b in pairwise(lines)
    ]
    return sum(early) > EARLY_SHARE * len(early) and sum(centred) <= 0.5 * len(centred)


def lead_to_numbers(texts: Sequence[str]) -> bool:
    """The lines are entries of a table of contents."""
    return sum(bool(_LEADER.search(text)) for text in texts) > 0.5 * len(texts)
