"""How much of a block is left in the other run, on its page or a neighbouring one.

A paragraph or table that continues over a page break may be one block on the first page in one run and two in
the other: content is lost only if neither its own page nor its neighbours have it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from mineru_cli.quality.blocks import Kind
from mineru_cli.quality.matching.link import Link, Piece
from mineru_cli.quality.matching.page_pair import PagePair

_SURE = 0.9
"""A counterpart this close needs no further search."""

_GROWN = 0.5
"""A block of the other run may contain a lost one if it exceeds its own counterpart by this share of it."""

_SAME_FORMULA = 0.7
_LOOKS = 200
"""Blocks per document that are searched for elsewhere; beyond that only the counterpart counts."""

_TOKEN = re.compile(r"[A-Za-z0-9À-ɏͰ-ӿ]+|[^\s\w]|\w")
_INLINE = re.compile(r"\$([^$]+)\$")


class Remains:
    """Looks for the blocks of one run (``side`` 0 is the base) in the pages of the other."""

    def __init__(self, pairs: Sequence[PagePair], side: int = 0) -> None:
        self._pairs = pairs
        self._side = side
        self._looks = _LOOKS
        self._links: dict[int, dict[int, Link]] = {}

    def share(self, at: int, piece: Piece) -> float:
        """Share (0-1) of ``piece``, a block of page pair ``at``, that the other run has."""
        link = self._link(at, piece)
        likeness = 0.0 if link is None else link.likeness
        if likeness >= _SURE or self._looks <= 0:
            return likeness
        self._looks -= 1
        return max(likeness, self._elsewhere(at, piece, link))

    def _link(self, at: int, piece: Piece) -> Link | None:
        if at not in self._links:
            self._links[at] = {p.place: link for link in self._pairs[at].links for p in self._own(link)}
        return self._links[at].get(piece.place)

    def _elsewhere(self, at: int, piece: Piece, link: Link | None) -> float:
        if piece.kind is Kind.FORMULA:
            return self._formula(at, piece)
        sought = _tokens(piece.text)
        found = [token for text in self._candidates(at, piece, link) for token in _tokens(text)]
        if not sought:
            return 1.0
        if piece.kind is Kind.TABLE:  # the table may have been transposed
            return sum((Counter(sought) & Counter(found)).values()) / len(sought)
        from rapidfuzz.distance import LCSseq

        return float(LCSseq.similarity(sought, found)) / len(sought)

    def _candidates(self, at: int, piece: Piece, link: Link | None) -> Iterator[str]:
        """Texts of the other run that no other block accounts for: new blocks, and those that have grown."""
        for near in range(max(0, at - 1), min(len(self._pairs), at + 2)):
            pair = self._pairs[near]
            texts = {other.place: other.text for other in pair.loose[1 - self._side]}
            for one in pair.links:
                theirs = one.base if self._side else one.run
                grown = _length(theirs) - _length(self._own(one))
                if one is link or grown >= _GROWN * len(piece.text):
                    texts.update((other.place, other.text) for other in theirs)
            yield from (texts[place] for place in sorted(texts))

    def _formula(self, at: int, piece: Piece) -> float:
        """A displayed formula may be inline now, or on the next page."""
        from rapidfuzz.distance import Levenshtein

        best = 0.0
        for near in range(max(0, at - 1), min(len(self._pairs), at + 2)):
            pair = self._pairs[near]
            loose = [other.text for other in pair.loose[1 - self._side] if other.kind is Kind.FORMULA]
            sides = (pair.base, pair.run)
            inline = _inline(sides[1 - self._side].pieces) - _inline(sides[self._side].pieces)
            for other in (*loose, *inline):
                likeness = Levenshtein.normalized_similarity(piece.text, other, score_cutoff=_SAME_FORMULA)
                best = max(best, float(likeness))
        return best

    def _own(self, link: Link) -> Sequence[Piece]:
        return link.run if self._side else link.base


def _inline(pieces: Sequence[Piece]) -> Counter[str]:
    return Counter(
        formula
        for piece in pieces
        if piece.kind is not Kind.FORMULA
        for formula in _INLINE.findall(piece.text)
    )


def _length(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces)


@lru_cache(maxsize=512)
def _tokens(text: str) -> tuple[str, ...]:
    """Words, and single characters of scripts without spaces."""
    return tuple(_TOKEN.findall(text))
