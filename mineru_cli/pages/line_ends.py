"""Distinguishes intended line breaks, as in an address, from wrapped lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

EARLY_SHARE = 0.6
"""Above this share of lines that end early, a block's line breaks are intended."""

_LEADER = re.compile(r"(?:[.·…_]\s?){4,}\s*[\divxlcIVXLC]{1,5}$")
"""Dot leaders before a page number: the line is an entry of a table of contents."""

_BROKEN = re.compile(r"\s\S*[^\W\d_][-\u00ad\u2010]$")
"""A hyphen after a letter at the end of a line of more than one word."""

FULL = 0.95
"""Share of the widest line that a line with a broken word reaches, 0-1."""


@dataclass(frozen=True, slots=True)
class LineExtent:
    """Start, end, width of the first word, and height of a line, in one unit of length."""

    left: float
    right: float
    first_word: float
    height: float

    @property
    def middle(self) -> float:
        """The centre of the line."""
        return (self.left + self.right) / 2


def are_intended(lines: Sequence[LineExtent], right: float = 0.0) -> bool:
    """Whether most lines end where the next word would have fitted, and they are not centred.

    ``right`` is the right margin, if it is beyond the end of all lines.
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


def are_contents_entries(texts: Sequence[str]) -> bool:
    """Whether the lines are entries of a table of contents."""
    return sum(bool(_LEADER.search(text)) for text in texts) > 0.5 * len(texts)


def whole_words(texts: Sequence[str], lines: Sequence[LineExtent]) -> list[slice]:
    """The lines that belong together where line breaks are intended, but not those in the middle of a word.

    A hyphen at the end of a short line, or alone in its line, as in a list of prefixes, breaks no word.
    """
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    starts = [0]
    for number, (above, below) in enumerate(pairwise(texts), 1):
        full = lines[number - 1].right - left >= FULL * (right - left)
        if not (full and _BROKEN.search(above) and below[:1].islower()):
            starts.append(number)
    return [slice(first, end) for first, end in pairwise([*starts, len(texts)])]
