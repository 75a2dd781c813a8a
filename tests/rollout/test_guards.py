"""Intervals and guards: verdicts on samples made by hand."""

from __future__ import annotations

from random import Random

import pytest

from mineru_cli.rollout.guards import ErrorRate, Latency, Match, SideOutcome
from mineru_cli.settings.rollout import ErrorRateGuard, LatencyGuard, MatchGuard
from mineru_cli.stats.sequential import (
    Moments,
    chance_of_look,
    difference_interval,
    mean_interval,
    share_about,
    share_at_least,
)

CHANCE = 0.005
GOOD, BAD = SideOutcome(faulty=False), SideOutcome(faulty=True)


def took(seconds: float, *, comparable: bool = True) -> SideOutcome:
    return SideOutcome(faulty=False, answers=10, seconds=10 * seconds, comparable=comparable)


def test_looks_add_up_to_the_whole_chance() -> None:
    assert 0.99 * CHANCE < sum(chance_of_look(CHANCE, look) for look in range(1, 2000)) <= CHANCE


@pytest.mark.parametrize(
    ("hits", "of", "low"),
    [(0, 10, 0.0), (10, 10, 0.6915), (3, 20, 0.0321), (50, 1000, 0.0373)],
)
def test_lower_bounds_are_those_of_clopper_and_pearson(hits: int, of: int, low: float) -> None:
    """Reference values: R's ``binom.test``, two-sided 95 %."""
    assert share_at_least(hits, of, 0.025) == pytest.approx(low, abs=2e-4)


def test_a_lower_bound_is_too_high_as_seldom_as_promised() -> None:
    random, share, of = Random(3), 0.05, 60
    wrong = sum(
        share_at_least(sum(random.random() < share for _ in range(of)), of, 0.05) > share for _ in range(2000)
    )
    assert wrong / 2000 <= 0.06


def test_wilson_bounds_lie_around_the_share() -> None:
    found = share_about(5, 100, 2.0)
    assert 0.01 < found.low < found.value == 0.05 < found.high < 0.13


def test_means_and_differences() -> None:
    one, other, none = Moments(), Moments(), Moments()
    for number in (1.0, 2.0, 3.0, 4.0):
        one.add(number)
        other.add(number - 1.0)
    assert one.variance == pytest.approx(5 / 3)
    assert mean_interval(one, 0.025).low == pytest.approx(2.5 - 1.96 * 0.6455, abs=1e-3)
    assert difference_interval(one, other, 0.1).value == pytest.approx(1.0)
    assert difference_interval(one, none, 0.1).low == float("-inf")


def errors(bad: int, good: int, base_bad: int = 0, base_good: int = 200) -> ErrorRate:
    guard = ErrorRate(ErrorRateGuard(), CHANCE)
    for outcome, times in ((BAD, base_bad), (GOOD, base_good)):
        for _ in range(times):
            guard.baseline(outcome)
    for outcome, times in ((BAD, bad), (GOOD, good)):
        for _ in range(times):
            guard.candidate(outcome)
    return guard


def test_too_few_documents_are_inconclusive() -> None:
    assert errors(bad=19, good=0).judge(final=True).verdict == "inconclusive"


def test_no_faults_pass_and_many_fail() -> None:
    assert errors(bad=0, good=20).judge().verdict == "pass"
    assert errors(bad=8, good=12).judge().verdict == "fail"


def test_an_estimate_beyond_the_limit_whose_interval_is_not_is_inconclusive() -> None:
    found = errors(bad=1, good=19).judge()
    assert found.verdict == "inconclusive"
    assert found.measured is not None
    assert found.measured.low <= found.limit < found.measured.value


def test_what_the_baseline_has_too_is_not_the_candidates_fault() -> None:
    assert errors(bad=8, good=12, base_bad=80, base_good=120).judge().verdict == "pass"


def test_a_guard_looks_only_after_its_interval() -> None:
    guard = Match(MatchGuard(interval=5), CHANCE)
    for _ in range(20):
        guard.scored(1.0)
    assert guard.judge().sample == 20
    for _ in range(4):
        guard.scored(0.0)
    assert guard.judge().sample == 20
    guard.scored(0.0)
    assert guard.judge().sample == 25
    guard.scored(0.0)
    assert guard.judge(final=True).sample == 26


def test_match_fails_below_its_limit() -> None:
    guard = Match(MatchGuard(), CHANCE)
    for number in range(20):
        guard.scored(0.94 if number % 2 else 0.95)
    assert guard.judge().verdict == "fail"


def test_a_single_bad_document_does_not_fail_the_match() -> None:
    guard = Match(MatchGuard(), CHANCE)
    for number in range(20):
        guard.scored(0.2 if number == 7 else 1.0)
    assert guard.judge().verdict == "inconclusive"


def test_a_candidate_that_becomes_bad_late_is_not_shielded_by_its_past() -> None:
    guard = Match(MatchGuard(), CHANCE)
    for _ in range(1000):
        guard.scored(1.0)
        guard.judge()
    assert guard.latest.verdict == "pass"
    bad = 0
    while guard.judge().verdict != "fail" and bad < 300:
        guard.scored(0.9)
        bad += 1
    assert bad < 150


def test_latency_is_a_ratio_of_times_per_answer() -> None:
    guard = Latency(LatencyGuard(), CHANCE)
    random = Random(1)
    for _ in range(20):
        guard.baseline(took(random.uniform(0.5, 2.0)))
        guard.candidate(took(random.uniform(1.5, 6.0)))
    found = guard.judge()
    assert found.verdict == "fail"
    assert found.measured is not None
    assert found.measured.value == pytest.approx(3.0, rel=0.3)


def test_times_that_cannot_be_compared_do_not_count() -> None:
    guard = Latency(LatencyGuard(), CHANCE)
    for _ in range(50):
        guard.baseline(took(1.0))
        guard.candidate(took(9.0, comparable=False))
    assert guard.judge(final=True).verdict == "inconclusive"


def test_latency_needs_both_sides() -> None:
    guard = Latency(LatencyGuard(), CHANCE)
    for _ in range(50):
        guard.candidate(took(9.0))
    assert guard.judge().verdict == "inconclusive"
