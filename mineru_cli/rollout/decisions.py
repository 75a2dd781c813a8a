"""Decisions of a rollout: which documents are compared, and when it is reverted. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mineru_cli.domain.events import GuardName, Verdict
from mineru_cli.rollout.guards import ErrorRate, GuardJudgement, Latency, Match, SideOutcome
from mineru_cli.rollout.split import Placement
from mineru_cli.settings.rollout import Rollout

AHEAD = 16
"""Maximum number of the candidate's documents that wait for comparison before it gets another one."""
TRUSTED = 2
"""Minimum samples (in units of the least one) with a good match before only a share is compared."""


@dataclass(frozen=True, slots=True)
class Reverted:
    """Why a rollout was reverted, and its percentage before."""

    guard: GuardName
    reason: str
    before: float


class Decisions:
    """The state of one rollout. ``percent`` of the documents go to the candidate, 0 after a revert."""

    def __init__(self, settings: Rollout) -> None:
        self._settings = settings
        chance = 1.0 - settings.guards.confidence
        self._errors = ErrorRate(settings.guards.error_rate, chance)
        self._match = Match(settings.guards.match, chance)
        self._latency = Latency(settings.guards.latency, chance)
        self._trusted = settings.shadow_percent == 0
        self._percent = settings.percent
        self.candidates = 0
        """Number of documents that the candidate finished."""
        self.baselines = 0
        """Number of documents that the baseline finished, without shadows."""
        self.reverted: Reverted | None = None

    @property
    def percent(self) -> float:
        """The share of documents for the candidate, in percent."""
        return 0.0 if self.reverted else self._percent

    @property
    def shadow_percent(self) -> float:
        """Percentage of the candidate's documents to compare: all until the match was good once."""
        return self._settings.shadow_percent if self._trusted else 100.0

    @property
    def scored(self) -> int:
        """Number of documents compared so far."""
        return self._match.all.count

    @property
    def mean_match(self) -> float | None:
        """Mean match of the compared documents, None without any."""
        return self._match.all.mean if self._match.all.count else None

    @property
    def judgements(self) -> tuple[GuardJudgement, ...]:
        """The latest judgement of each guard."""
        return self._errors.latest, self._match.latest, self._latency.latest

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all guards."""
        verdicts = {one.verdict for one in self.judgements}
        if self.reverted or "fail" in verdicts:
            return "fail"
        return "inconclusive" if "inconclusive" in verdicts else "pass"

    @property
    def comparable_times(self) -> bool:
        """Whether the load of both sides is such that their times may be compared.

        Servers are slower under load: if the candidate has a higher load than the baseline including shadows,
        its times are not evidence.
        """
        share = self.percent / 100
        return share <= 1 - share + share * self.shadow_percent / 100

    def goes_to_candidate(self, placement: Placement) -> bool:
        """Whether a document goes to the candidate now."""
        return placement.in_candidate(self.percent)

    def is_compared(self, placement: Placement) -> bool:
        """Whether a document of the candidate is converted by the baseline as well."""
        return placement.in_shadow(self.shadow_percent)

    def set_percent(self, percent: float) -> None:
        """Change the share. A reverted rollout remains at 0."""
        self._percent = percent

    def candidate_finished(self, outcome: SideOutcome) -> None:
        """Record a document that the candidate finished."""
        self.candidates += 1
        self._errors.candidate(outcome)
        self._latency.candidate(outcome)

    def baseline_finished(self, outcome: SideOutcome, *, shadow: bool = False) -> None:
        """Record a document that the baseline finished; with ``shadow`` the candidate converts it, too."""
        self.baselines += not shadow
        self._errors.baseline(outcome)
        self._latency.baseline(outcome)

    def compared(self, match: float) -> None:
        """Record the comparison of a candidate's document with the baseline's version."""
        self._match.scored(match)

    def judge(self, *, final: bool = False) -> Iterator[GuardJudgement]:
        """Evaluate the guards; yields each judgement with a changed verdict.

        The first guard that fails reverts the rollout. ``final`` is set when no more results will come.
        """
        for guard in (self._errors, self._match, self._latency):
            if self.reverted:
                return
            before = guard.latest
            found = guard.judge(final=final)
            self._trusted = self._trusted or self._matches_well
            if found.verdict == "fail":
                self.revert(found.guard, reason_of(found))
            if found.verdict != before.verdict:
                yield found

    @property
    def _matches_well(self) -> bool:
        latest, least = self._match.latest, self._settings.guards.match.min_sample
        return latest.verdict == "pass" and latest.sample >= TRUSTED * least

    def revert(self, guard: GuardName, reason: str) -> None:
        """Revert the rollout, unless it is reverted already."""
        self.reverted = self.reverted or Reverted(guard, reason, self._percent)


def reason_of(found: GuardJudgement) -> str:
    """The reason of a failed guard, as a sentence without its full stop."""
    measured = found.measured
    assert measured is not None  # noqa: S101 - a guard fails on what it measured
    after = f"after {found.sample} documents of the candidate"
    if found.guard == "match":
        return (
            f"the candidate matches the baseline by {measured.value:.1%} "
            f"(at most {measured.high:.1%}, allowed: {found.limit:.1%}) {after}"
        )
    if found.guard == "latency":
        return (
            f"the candidate takes {measured.value:.1f} times as long per answer "
            f"(at least {measured.low:.1f}, allowed: {found.limit:g}) {after}"
        )
    return (
        f"the candidate fails on {measured.value:.1%} more documents than the baseline "
        f"(at least {measured.low:.1%}, allowed: {found.limit:.1%}) {after}"
    )
