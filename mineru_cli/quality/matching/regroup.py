"""Links of one block with several, or with blocks of another kind: content that was split or changed type.

A table of contents is a table in one run and twenty paragraphs in another; a list is one block or one per
item. One-to-one pairs of the same kind were made before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mineru_cli.quality.matching.link import Link, Piece, linked_texts

_CONTAINED = 0.7
"""A part belongs to a whole if this share of its words is in the whole."""

_CUTOFF = 0.5
"""A whole and its parts are not the same content if their distance exceeds this share of their length."""

_COMPARISONS = 100_000
"""Pairs examined per page, largest pieces first. A count, so that scores are machine-independent."""

_WORD = re.compile(r"\w+")
_LONGEST_WORD = 12


def regroup(base: Sequence[Piece], run: Sequence[Piece]) -> list[Link]:
    """Link pieces that have no counterpart yet. ``regroup(a, b)`` mirrors ``regroup(b, a)``."""
    if _key(base) <= _key(run):
        return list(_groups(base, run))
    return [Link(link.run, link.base, link.distance) for link in _groups(run, base)]


def _key(pieces: Sequence[Piece]) -> list[tuple[str, str, str]]:
    return [(piece.kind.value, piece.text, piece.block.type) for piece in pieces]


def _groups(one: Sequence[Piece], other: Sequence[Piece]) -> Iterator[Link]:
    sides = (one, other)
    words = tuple([_words(piece.text) for piece in side] for side in sides)
    free = tuple(set(range(len(side))) for side in sides)
    wholes = [(-len(piece.text), s, i) for s, side in enumerate(sides) for i, piece in enumerate(side)]
    left = _COMPARISONS
    for _, s, i in sorted(wholes):
        if i not in free[s] or not free[1 - s]:
            continue
        left -= len(free[1 - s])
        if left < 0:
            return
        parts = _parts(words[s][i], words[1 - s], sorted(free[1 - s]))
        whole = sides[s][i]
        chosen = tuple(sides[1 - s][j] for j in parts)
        distance = _distance(whole, chosen) if chosen else None
        if distance is None:
            continue
        free[s].remove(i)
        free[1 - s].difference_update(parts)
        yield Link((whole,), chosen, distance) if s == 0 else Link(chosen, (whole,), distance)


def _parts(whole: frozenset[str], words: Sequence[frozenset[str]], free: Sequence[int]) -> list[int]:
    return [j for j in free if words[j] and len(words[j] & whole) >= _CONTAINED * len(words[j])]


def _distance(whole: Piece, parts: Sequence[Piece]) -> int | None:
    """Edit distance of both texts; None if it is too large."""
    from rapidfuzz.distance import Levenshtein

    before, after = linked_texts((whole,), parts)
    most = int(_CUTOFF * max(len(before), len(after)))
    distance = Levenshtein.distance(before, after, score_cutoff=most)
    return distance if distance <= most else None


def _words(text: str) -> frozenset[str]:
    """The words of a text; long ones, and scripts without spaces, as character bigrams."""
    found: set[str] = set()
    for word in _WORD.findall(text):
        if word.isascii() and len(word) <= _LONGEST_WORD:
            found.add(word)
        else:
            found.update(word[k : k + 2] for k in range(max(1, len(word) - 1)))
    return frozenset(found)
