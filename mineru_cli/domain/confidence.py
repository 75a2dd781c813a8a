"""Confidence of a model in its output: the probabilities of the tokens that it chose.

They measure the certainty of the model, not whether the text is correct.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Confidence:
    """Probabilities, 0-1, of ``tokens`` (at least 1) tokens.

    ``mean`` is their arithmetic mean.
    """

    mean: float
    lowest: float
    tokens: int = 1

    def shared(self, parts: int) -> Confidence:
        """The same values for each of several parts, for tokens that cannot be assigned to parts."""
        return Confidence(self.mean, self.lowest, max(1, self.tokens // parts))


@dataclass(frozen=True, slots=True)
class BlockConfidence:
    """The least certain block of a page: its 0-based index in ``_model.json``, and its type."""

    block: int
    type: str
    mean: float
    lowest: float


@dataclass(frozen=True, slots=True)
class PageConfidence:
    """The confidence over all blocks of a page, and the block with the lowest mean."""

    mean: float
    lowest: float
    tokens: int
    least: BlockConfidence


@dataclass(frozen=True, slots=True)
class TokenProbabilities:
    """A reply's tokens in order: their texts and probabilities (0-1)."""

    texts: tuple[str, ...]
    values: tuple[float, ...]

    def overall(self) -> Confidence | None:
        """Confidence of the whole reply; None without tokens."""
        return _over(self.values)

    def within(self, text: str, spans: Iterable[tuple[int, int]]) -> list[Confidence | None]:
        """Confidence per span (start and end in characters of ``text``) of the tokens that overlap it.

        None for all spans if the tokens do not make up the text, for example without its special tokens.
        """
        if not "".join(self.texts).startswith(text):
            return [None for _ in spans]
        ends = list(accumulate(map(len, self.texts)))
        return [
            _over(self.values[bisect_right(ends, start) : bisect_left(ends, stop) + 1])
            for start, stop in spans
        ]


def combined(parts: Iterable[Confidence | None]) -> Confidence | None:
    """The common confidence, weighted by the number of tokens; None without any."""
    known = [part for part in parts if part is not None]
    tokens = sum(part.tokens for part in known)
    if not tokens:
        return None
    mean = sum(part.mean * part.tokens for part in known) / tokens
    return Confidence(mean, min(part.lowest for part in known), tokens)


def of_page(blocks: Iterable[tuple[str, Confidence | None]]) -> PageConfidence | None:
    """A page's confidence from type and confidence of its blocks; None if no block has one."""
    known = [(number, kind, one) for number, (kind, one) in enumerate(blocks) if one is not None]
    whole = combined(one for _, _, one in known)
    if whole is None:
        return None
    number, kind, one = min(known, key=lambda entry: entry[2].mean)
    least = BlockConfidence(number, kind, one.mean, one.lowest)
    return PageConfidence(whole.mean, whole.lowest, whole.tokens, least)


def _over(values: Sequence[float]) -> Confidence | None:
    return Confidence(sum(values) / len(values), min(values), len(values)) if values else None
