from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.errors import RequestRejected, ServerBusy, ServerFault
from mineru_cli.inference.retry import (
    LAST_TRIALS,
    LONGEST_RETRY_AFTER,
    MOST_LOSSES,
    History,
    after_busy,
    after_fault,
    after_loss,
    ask_again,
    budget,
    full_jitter,
)
from mineru_cli.settings import Retrying

SETTINGS = Retrying()
FAULT = ServerFault("no")


@pytest.mark.spec("mineru-service/retries/backoff-has-full-jitter")
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 10_000))
def test_jitter_is_full_and_capped(draw, failures):
    wait = full_jitter(0.5, 30.0, failures, lambda: draw)
    assert 0 <= wait < 30.0
    assert wait == pytest.approx(draw * min(30.0, 0.5 * 2 ** min(failures - 1, 20)))


def test_attempts_end_when_others_succeed():
    history = History()
    verdicts = []
    for now in range(4):
        assert not after_fault(history, FAULT, SETTINGS, lambda: 0.5, now=now, last_good=now - 1)
        verdicts.append(history.should_retry)
    assert verdicts == [True, True, True, False]


def test_when_nothing_succeeds_the_server_is_doubted_first():
    history = History()
    doubts = []
    while history.should_retry:
        now = 100.0 + len(doubts)
        doubts.append(after_fault(history, FAULT, SETTINGS, lambda: 0.5, now=now, last_good=99.0))
    assert doubts == [False] * 3 + [True] * LAST_TRIALS + [False]


def test_busy_and_losses_use_up_no_attempts():
    history = History()
    for _ in range(50):
        after_busy(history, ServerBusy("full"), SETTINGS, lambda: 0.99)
        assert history.should_retry
        assert history.wait < SETTINGS.cap
    for _ in range(MOST_LOSSES - 1):
        after_loss(history)
        assert (history.should_retry, history.wait) == (True, 0.0)
    assert history.faults == 0
    after_loss(history)
    assert not history.should_retry


@pytest.mark.spec("mineru-service/retries/retry-after-is-honoured")
@pytest.mark.parametrize(("asked", "least"), [(None, 0.0), (12.0, 12.0), (1e9, LONGEST_RETRY_AFTER)])
def test_retry_after_is_respected_within_limits(asked, least):
    history = History()
    after_busy(history, ServerBusy("full", retry_after=asked), SETTINGS, lambda: 0.0)
    assert history.wait == least
    after_fault(history, ServerFault("no", retry_after=asked), SETTINGS, lambda: 0.0, now=1, last_good=0)
    assert history.wait == least


@pytest.mark.spec("mineru-service/retries/retries-have-a-budget")
@pytest.mark.parametrize(("in_flight", "allowed"), [(0, 3), (10, 3), (100, 20)])
def test_the_budget_is_a_share_with_a_floor(in_flight, allowed):
    assert budget(SETTINGS, in_flight) == allowed


@pytest.mark.anyio
async def test_the_loop_waits_as_decided_and_raises_the_last_error():
    history = History()
    slept: list[float] = []
    said: list[float] = []
    errors = [FAULT, ServerBusy("full"), RequestRejected("wrong")]

    async def attempt() -> None:
        error = errors[len(slept)]
        history.should_retry, history.wait = error.retryable, float(len(slept) + 1)
        raise error

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with pytest.raises(RequestRejected):
        await ask_again(attempt, history, sleep=sleep, before_sleep=said.append)
    assert slept == said == [1.0, 2.0]
