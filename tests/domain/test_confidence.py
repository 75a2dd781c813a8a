from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.domain.confidence import Confidence, TokenProbabilities, combined, of_page

REPLY = TokenProbabilities(("ab", "c", "def", "<end>"), (0.9, 0.5, 0.7, 1.0))


def test_a_reply_has_the_mean_and_the_lowest_of_its_tokens():
    sure = REPLY.overall()
    assert sure is not None
    assert (sure.mean, sure.lowest, sure.tokens) == (pytest.approx(0.775), 0.5, 4)
    assert TokenProbabilities((), ()).overall() is None


@pytest.mark.parametrize(
    ("span", "values"),
    [
        ((0, 2), (0.9,)),
        ((2, 3), (0.5,)),
        ((1, 4), (0.9, 0.5, 0.7)),
        ((3, 6), (0.7,)),
        ((0, 6), (0.9, 0.5, 0.7)),
    ],
)
def test_a_span_has_the_tokens_that_reach_into_it(span, values):
    (sure,) = REPLY.within("abcdef", [span])
    assert sure == Confidence(pytest.approx(sum(values) / len(values)), min(values), len(values))


def test_tokens_that_are_not_the_text_say_nothing_about_its_parts():
    assert REPLY.within("abXdef", [(0, 1), (2, 3)]) == [None, None]


def test_several_replies_weigh_by_their_tokens():
    assert combined([Confidence(0.9, 0.8, 3), None, Confidence(0.5, 0.1, 1)]) == Confidence(
        pytest.approx(0.8), 0.1, 4
    )
    assert combined([None]) is None


def test_a_page_names_its_least_certain_block():
    page = of_page([("title", None), ("text", Confidence(0.9, 0.2, 9)), ("table", Confidence(0.6, 0.5, 1))])
    assert page is not None
    assert (page.mean, page.lowest, page.tokens) == (pytest.approx(0.87), 0.2, 10)
    assert (page.least.block, page.least.type, page.least.mean) == (2, "table", 0.6)
    assert of_page([("title", None)]) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(1, 9))
def test_values_stay_probabilities(values, parts):
    sure = TokenProbabilities(tuple("x" * len(values)), tuple(values)).overall()
    assert sure is not None
    again = combined([sure.shared(parts)] * parts)
    assert again is not None
    assert again.lowest == sure.lowest <= sure.mean + 1e-12
    assert again.mean == pytest.approx(sure.mean)
