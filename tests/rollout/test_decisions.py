"""The rollout's decisions, and how often they are wrong over seeded runs."""

from __future__ import annotations

import pytest

from mineru_cli.rollout.decisions import Decisions
from mineru_cli.rollout.guards import SideOutcome
from mineru_cli.rollout.split import PARTS, Placement
from mineru_cli.settings.rollout import Rollout
from tests.rollout.simulation import SCENARIOS, Side, run

FINE = SideOutcome(faulty=False, answers=1, seconds=1.0)
PERFECT = Side(failed_requests=0)


def test_everything_is_compared_until_the_match_is_good() -> None:
    decisions = Decisions(Rollout(percent=50, shadow_percent=10))
    last = Placement(0, PARTS - 1)
    assert decisions.is_compared(last)
    for _ in range(40):
        decisions.candidate_finished(FINE)
        decisions.baseline_finished(FINE, shadow=True)
        decisions.compared(1.0)
        list(decisions.judge())
    assert not decisions.is_compared(last)
    assert decisions.is_compared(Placement(0, 0))
    assert (decisions.verdict, decisions.mean_match, decisions.scored) == ("pass", 1.0, 40)


def test_nothing_is_compared_without_a_shadow() -> None:
    assert not Decisions(Rollout(percent=50, shadow_percent=0)).is_compared(Placement(0, 0))


def test_a_reverted_rollout_stays_at_zero() -> None:
    decisions = Decisions(Rollout(percent=50))
    decisions.revert("user", "because")
    decisions.set_percent(100)
    assert decisions.percent == 0
    assert not decisions.goes_to_candidate(Placement(0, 0))
    assert decisions.verdict == "fail"
    assert decisions.reverted is not None
    assert decisions.reverted.before == 50


def test_without_documents_the_verdict_is_inconclusive() -> None:
    decisions = Decisions(Rollout(percent=50))
    assert list(decisions.judge(final=True)) == []
    assert decisions.verdict == "inconclusive"


def test_a_verdict_is_announced_when_it_changes() -> None:
    decisions = Decisions(Rollout(percent=50))
    changes = []
    for _ in range(60):
        decisions.compared(1.0)
        changes += decisions.judge()
    assert [(one.guard, one.verdict) for one in changes] == [("match", "pass")]


def test_loads_are_comparable_as_long_as_the_baseline_carries_as_much() -> None:
    assert Decisions(Rollout(percent=100)).comparable_times  # every document is compared
    assert Decisions(Rollout(percent=50, shadow_percent=0)).comparable_times
    assert not Decisions(Rollout(percent=60, shadow_percent=0)).comparable_times


@pytest.mark.spec("orchestration/gradual-rollout/a-bad-candidate-is-reverted")
@pytest.mark.parametrize(
    ("name", "percent", "guard", "at_most"),
    [
        ("5 % of blocks garbled", 10, "match", 150),
        ("5 % of blocks garbled", 100, "match", 150),
        ("3 % of requests fail", 50, "error_rate", 30),
        ("three times slower", 10, "latency", 50),
        ("three times slower", 50, "latency", 50),
        ("three times slower", 100, "latency", 50),
    ],
)
def test_a_bad_candidate_is_reverted(name: str, percent: float, guard: str, at_most: int) -> None:
    """``at_most`` is what docs/rollout.md promises."""
    ends = [run(seed, SCENARIOS[name], percent=percent, documents=2000) for seed in range(25)]
    assert {end.guard for end in ends} == {guard}
    assert max(end.candidates for end in ends) <= at_most


def test_rare_failures_of_whole_documents_take_longer() -> None:
    scenario = SCENARIOS["3 % of documents fail"]
    ends = [run(seed, scenario, PERFECT, percent=50, documents=2400) for seed in range(5)]
    assert {end.guard for end in ends} == {"error_rate"}


@pytest.mark.spec("orchestration/gradual-rollout/a-good-candidate-stays")
@pytest.mark.parametrize("name", ["good", "good, slightly slower"])
def test_a_good_candidate_is_reverted_in_at_most_one_of_a_hundred_runs(name: str) -> None:
    ends = [run(seed, SCENARIOS[name], percent=50, documents=250) for seed in range(100)]
    assert sum(end.guard is not None for end in ends) <= 1
