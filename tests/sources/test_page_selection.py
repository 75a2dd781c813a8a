from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.errors import SettingsError
from mineru_cli.sources.pages import PageSelection

RANGE = st.tuples(st.integers(1, 30), st.integers(0, 10)).map(lambda r: f"{r[0]}-{r[0] + r[1]}")
PART = st.one_of(st.integers(1, 30).map(str), RANGE, st.integers(1, 30).map(lambda n: f"-{n}"))


def pages_of(text, count):
    """The plain meaning, written the slow way."""
    wanted = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        low = int(first or 1)
        wanted |= set(range(low, (int(last or count) if dash else low) + 1))
    return [page - 1 for page in sorted(wanted) if page <= count]


@given(
    st.lists(st.one_of(PART, st.integers(1, 30).map(lambda n: f"{n}-")), min_size=1, max_size=5),
    st.integers(0, 40),
)
def test_selection_means_what_it_says(parts, count):
    text = ",".join(parts)
    selection = PageSelection.parse(text)
    assert list(selection.indices(count)) == pages_of(text, count)
    assert [index for index in range(count) if selection.contains(index)] == pages_of(text, count)


def test_nothing_given_means_all_pages():
    assert list(PageSelection.parse(None).indices(3)) == [0, 1, 2]


def test_first_selected_page():
    selection = PageSelection.parse("3-4, 8-")
    assert [selection.first(start) for start in (0, 3, 4, 20)] == [2, 3, 7, 20]
    assert PageSelection.parse("3").first(3) is None


@pytest.mark.parametrize(
    "text", ["", ",", "0", "-0", "0-3", "5-3", "-", "a", "1-2-3", "1,,2", "1.5", "+1", "٣"]
)
def test_nonsense_is_refused(text):
    with pytest.raises(SettingsError, match="--pages"):
        PageSelection.parse(text)
