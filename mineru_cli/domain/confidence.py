"""How sure a model was of what it wrote: the probabilities of the tokens it chose.

They come from the reply alone, so they say how sure the model was, not whether it was right.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Confidence:
    """Probabilities, 0-1, of the ``tokens`` (at least 1) that something was read with.

    ``mean`` is their arithmetic mean.
    """

    mean: float
    lowest: float
    tokens: int = 1

    def shared(self, parts: int) -> Confidence:
        """What each of several parts gets of it where tokens cannot be assigned to parts: the same values."""
        return Confidence(self.mean, self.lowest, max(1, self.tokens // parts))


@dataclass(frozen=True, slots=True)
class BlockConfidence:
    """The least certain block of a page: its number in ``_model.json``, from 0, and its type."""

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
    """A reply's tokens in order: their texts, and the probability (0-1) of each."""

    texts: tuple[str, ...]
    values: tuple[float, ...]

    def overall(self) -> Confidence | None:
        """Over the whole reply; None where it has no token."""
        return _over(self.values)

    def within(self, text: str, spans: Iterable[tuple[int, int]]) -> list[Confidence | None]:
        """Over each span, start and end in characters of ``text``: of the tokens that reach into it.

        None for all where the tokens are not the reply's text, as when special tokens were left out of it.
        """
        if not "".join(self.texts).startswith(text):
            return [None for _ in spans]
        ends = list(accumulate(map(len, self.texts)))
        return [
            _over(self.values[bisect_right(ends, start) : bisect_left(ends, stop) + 1])
            for start, stop in spans
        ]


def combined(parts: Iterable[Confidence | None]) -> Confidence | None:
    """The confidence over all of these, each weighted by its tokens; None where there is none."""
    known = [part for part in parts if part is not None]
    tokens = sum(part.tokens for part in known)
    if not tokens:
        return None
    mean = sum(part.mean * part.tokens for part in known) / tokens
    return Confidence(mean, min(part.lowest for part in known), tokens)


def of_page(blocks: Iterable[tuple[str, Confidence | None]]) -> PageConfidence | None:
    """The page's, from type and confidence of each of its blocks; None where no block has one."""
    known = [(number, kind, one) for number, (kind, one) in enumerate(blocks) if one is not None]
    whole = combined(one for _, _, one in known)
    if whole is None:
        return None
    number, kind, one = min(known, key=lambda entry: entry[2].mean)
    least = BlockConfidence(number, kind, one.mean, one.lowest)
    return PageConfidence(whole.mean, whole.lowest, whole.tokens, least)


def _over(values: Sequence[float]) -> Confidence | None:
    return Confidence(sum(values) / len(values), min(values), len(values)) if values else None
