"""One-to-one matching of the pieces of two pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TEXT_CUTOFF = 0.7
"""Blocks whose distance exceeds this share of their length are not the same block (score-v1)."""

_STEPS = (0.05, 0.25)
_HAIR = 1e-9
"""0.7 of 90 is 62.99999999999999 in floating point."""


@dataclass(frozen=True, slots=True)
class AlignedPair:
    """Piece ``base`` of one side is piece ``run`` of the other, ``distance`` edits apart."""

    base: int
    run: int
    distance: int


def match(base: Sequence[str], run: Sequence[str], cutoff: float = TEXT_CUTOFF) -> tuple[AlignedPair, ...]:
    """Pairs of the closest texts, closest first, none above ``cutoff``; in the order of ``base``.

    Equal texts pair first, the first with the first. Ties are broken alike from both sides, so that
    ``match(a, b)`` mirrors ``match(b, a)``.
    """
    equal = _equal_pairs(base, run)
    taken_base, taken_run = {pair.base for pair in equal}, {pair.run for pair in equal}
    near = _near_pairs(
        base,
        run,
        [i for i in range(len(base)) if i not in taken_base],
        [j for j in range(len(run)) if j not in taken_run],
        cutoff,
    )
    return tuple(sorted([*equal, *near], key=lambda pair: pair.base))


def _equal_pairs(base: Sequence[str], run: Sequence[str]) -> list[AlignedPair]:
    places: dict[str, list[int]] = defaultdict(list)
    for j in reversed(range(len(run))):
        places[run[j]].append(j)
    return [AlignedPair(i, places[text].pop(), 0) for i, text in enumerate(base) if places.get(text)]


def _near_pairs(
    base: Sequence[str], run: Sequence[str], left: Sequence[int], right: Sequence[int], cutoff: float
) -> Iterator[AlignedPair]:
    """Pairs by rising cost, in steps: a search for close pairs is fast, and most pieces have one.

    The result equals that of a single step, because closer pairs always come first.
    """
    free_base, free_run = set(left), set(right)
    for limit in (*(step for step in _STEPS if step < cutoff), cutoff):
        for *_, i, j, distance in _candidates(base, run, sorted(free_base), sorted(free_run), limit):
            if i in free_base and j in free_run:
                free_base.remove(i)
                free_run.remove(j)
                yield AlignedPair(i, j, distance)


def _candidates(
    base: Sequence[str], run: Sequence[str], left: Sequence[int], right: Sequence[int], limit: float
) -> list[tuple[float, int, int, int, int, int]]:
    """Pairs at a cost of ``limit`` or less, the cheapest first: (cost, ties broken, i, j, distance)."""
    from rapidfuzz.distance import Levenshtein

    found: list[tuple[float, int, int, int, int, int]] = []
    for i in left:
        size = len(base[i])
        for j in right:
            longest = max(size, len(run[j])) or 1
            most = int(limit * longest + _HAIR)
            if abs(size - len(run[j])) > most:
                continue
            distance = Levenshtein.distance(base[i], run[j], score_cutoff=most)
            if distance <= most:
                found.append((distance / longest, abs(i - j), min(i, j), i, j, distance))
    found.sort()
    return found
