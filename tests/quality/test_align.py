from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from mineru_cli.quality.matching.align import TEXT_CUTOFF, match

PIECES = st.lists(
    st.text("ab1", max_size=4)
    .flatmap(lambda stem: st.text("abc", max_size=3).map(lambda end: stem * 6 + end))
    .filter(bool),
    max_size=8,
)


def closest_first(base: list[str], run: list[str], cutoff: float) -> set[tuple[int, int]]:
    """The definition as it reads, in one step: equal ones in order, then the closest."""
    pairs: set[tuple[int, int]] = set()
    for i, text in enumerate(base):
        equal = [j for j, other in enumerate(run) if other == text and j not in {b for _, b in pairs}]
        if equal:
            pairs.add((i, equal[0]))
    costs = sorted(
        (Levenshtein.distance(a, b) / max(len(a), len(b)), abs(i - j), min(i, j), i, j)
        for i, a in enumerate(base)
        for j, b in enumerate(run)
    )
    for cost, _, _, i, j in costs:
        if cost <= cutoff and i not in {a for a, _ in pairs} and j not in {b for _, b in pairs}:
            pairs.add((i, j))
    return pairs


@given(PIECES, PIECES, st.sampled_from([TEXT_CUTOFF, 1.0]))
def test_looking_in_steps_finds_the_pairs_of_the_definition(
    base: list[str], run: list[str], cutoff: float
) -> None:
    assert {(pair.base, pair.run) for pair in match(base, run, cutoff)} == closest_first(base, run, cutoff)


def test_a_cost_of_exactly_the_cutoff_is_a_pair() -> None:
    """0.7 of 90 is a little less than 63 in floating point."""
    assert len(match(["a" * 27 + "b" * 63], ["a" * 27 + "c" * 63])) == 1
    assert not match(["a" * 26 + "b" * 64], ["a" * 26 + "c" * 64])
