import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.stats.descriptive import LatencySummary, percentile

values = st.lists(st.floats(0, 1e6), min_size=1, max_size=50)


@given(values, st.floats(0, 1))
def test_lies_among_the_values_and_grows_with_the_share(some: list[float], share: float) -> None:
    found = percentile(some, share)
    assert min(some) <= found <= max(some)
    assert found <= percentile(some, 1.0)
    assert percentile(some, 0.0) == min(some)
    assert percentile(some, 1.0) == max(some)


@given(values, st.randoms())
def test_order_does_not_matter(some: list[float], random) -> None:
    mixed = some[:]
    random.shuffle(mixed)
    assert percentile(mixed, 0.95) == percentile(some, 0.95)


def test_known_values() -> None:
    assert percentile([1, 2, 3, 4], 0.5) == 2.5
    assert percentile(list(range(101)), 0.99) == 99
    assert LatencySummary.of([2.0]) == LatencySummary(1, 2.0, 2.0, 2.0, 2.0)
    assert LatencySummary.of([]) is None
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
