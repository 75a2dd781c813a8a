"""Drop caps: a large first letter that spans several lines belongs to the first word next to it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import median

from mineru_cli.pages.page import Word

LARGER = 1.7
"""Minimum size of a drop cap, in sizes of the text's type."""

GAP = 2.2
"""Maximum white space behind it, in heights of the text's lines."""

LINES = 2
"""Minimum number of lines next to it."""

WORDS = frozenset({"A", "I"})
"""Letters that are words."""


def with_drop_caps(words: Sequence[Word], known: Collection[str] = ()) -> list[Word]:
    """The words, a drop cap joined to the first word of the topmost line next to it.

    ``known`` are the page's words: they show that "A" before "second" is a word and before "nother" is not.
    """
    usual = median([word.height for word in words]) if words else 0.0
    found = list(words)
    for cap in [w for w in words if len(w.text) == 1 and w.text.isupper() and w.height > LARGER * usual]:
        next_to = sorted((w for w in found if w is not cap and _is_next_to(w, cap)), key=lambda w: w.baseline)
        if len({round(w.baseline, 3) for w in next_to}) < LINES:
            continue
        first = next_to[0]
        box = (cap.bbox[0], first.bbox[1], first.bbox[2], first.bbox[3])
        alone = cap.text in WORDS and first.text in known
        joined = first._replace(text=f"{cap.text} {first.text}" if alone else cap.text + first.text, bbox=box)
        found = [joined if w is first else w for w in found if w is not cap]
    return found


def _is_next_to(word: Word, cap: Word) -> bool:
    """It begins a line right of the drop cap, within its height."""
    gap = word.bbox[0] - cap.bbox[2]
    upper, lower = cap.bbox[1], cap.baseline + 0.3 * word.height
    near = -0.3 * word.height < gap < GAP * word.height
    return near and word.height * LARGER < cap.height and upper - 0.3 * word.height < word.baseline < lower
