"""The guards of a rollout: error rate, match with the baseline, latency. Pure.

Each has the three verdicts of Argo Rollouts. A guard fails when its whole confidence interval is beyond the
limit, passes when its estimate is within it, and is inconclusive in between or with too small a sample. It
continues after a pass: when its sample is several times the minimum, it starts a new sample, so that a late
regression is not hidden by good earlier results.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, exp, inf, log

from mineru_cli.domain.events import GuardName, Verdict
from mineru_cli.settings.rollout import ErrorRateGuard, Guard, LatencyGuard, MatchGuard
from mineru_cli.stats.descriptive import Interval
from mineru_cli.stats.sequential import (
    Moments,
    chance_of_look,
    deviations,
    difference_interval,
    mean_interval,
    share_about,
    share_at_least,
)

_GROWTH = 1.1
"""A guard judges again after its interval or after this growth of the sample, whichever is more."""


@dataclass(frozen=True, slots=True)
class GuardJudgement:
    """The result of a guard for ``sample`` documents of the candidate. ``measured`` is None without any."""

    guard: GuardName
    verdict: Verdict
    measured: Interval | None
    limit: float
    sample: int


@dataclass(frozen=True, slots=True)
class SideOutcome:
    """The data of a finished document for the guards.

    ``faulty``: requests of it failed at the server, with or without a successful retry. ``answers`` is the
    number of answers, ``seconds`` their total time; ``comparable`` says whether that time may be compared
    with the other side's.
    """

    faulty: bool
    answers: int = 0
    seconds: float = 0.0
    comparable: bool = True


class _SequentialGuard:
    """Schedule and verdict of a guard; the subclass holds the sample."""

    name: GuardName
    higher_is_worse = True
    window = 10
    """Number of minimum samples after which a passing guard starts a new sample."""

    def __init__(self, settings: Guard, limit: float, chance: float) -> None:
        self._settings = settings
        self._limit = limit
        self._chance = chance
        self._looks = 0
        self._seen = 0
        self._next = settings.min_sample
        self.latest = GuardJudgement(self.name, "inconclusive", None, limit, 0)
        """The last judgement; too small a sample does not change the verdict."""

    def _size(self) -> int:
        raise NotImplementedError

    def _measure(self, chance: float) -> Interval | None:
        raise NotImplementedError

    def _restart(self) -> None:
        raise NotImplementedError

    def judge(self, *, final: bool = False) -> GuardJudgement:
        """Judge the sample if it is due. ``final`` judges all results since the last judgement."""
        size = self._size()
        enough = size >= self._settings.min_sample
        if enough and (size >= self._next or (final and size > self._seen)):
            self._looks += 1
            self._seen = size
            self._next = max(size + self._settings.interval, ceil(size * _GROWTH))
            measured = self._measure(chance_of_look(self._chance, self._looks))
            verdict = self._verdict(measured)
            self.latest = GuardJudgement(self.name, verdict, measured, self._limit, size)
            if verdict == "pass" and size >= self.window * self._settings.min_sample:
                self._restart()
                self._next = self._settings.min_sample
                self._seen = 0
        elif not self._looks:
            self.latest = replace(self.latest, sample=size)
        return self.latest

    def _verdict(self, measured: Interval | None) -> Verdict:
        if measured is None:
            return "inconclusive"
        worse, best, limit = measured.value, measured.low, self._limit
        if not self.higher_is_worse:
            worse, best, limit = -measured.value, -measured.high, -self._limit
        if best > limit:
            return "fail"
        return "pass" if worse <= limit else "inconclusive"


class ErrorRate(_SequentialGuard):
    """Share of documents with server faults above the baseline's share.

    Documents are counted, not pages: the pages of an unreadable document fail together.
    """

    name: GuardName = "error_rate"
    window = 50  # faults are rare: a small excess is visible only in many documents

    def __init__(self, settings: ErrorRateGuard, chance: float) -> None:
        super().__init__(settings, settings.limit, chance)
        self._restart()

    def candidate(self, outcome: SideOutcome) -> None:
        """A document of the candidate is finished."""
        self._documents += 1
        self._faulty += outcome.faulty

    def baseline(self, outcome: SideOutcome) -> None:
        """A document of the baseline is finished, shadows among them."""
        self._base_documents += 1
        self._base_faulty += outcome.faulty

    def _restart(self) -> None:
        self._documents = self._faulty = self._base_documents = self._base_faulty = 0

    def _size(self) -> int:
        return self._documents

    def _measure(self, chance: float) -> Interval:
        rate = self._faulty / self._documents
        base = self._base_faulty / self._base_documents if self._base_documents else 0.0
        doubt = base  # one standard deviation above the measured value, once there is one
        if self._base_documents:
            doubt = share_about(self._base_faulty, self._base_documents, 1.0).high
        low = share_at_least(self._faulty, self._documents, chance) - doubt
        high = share_about(self._faulty, self._documents, deviations(chance)).high - base
        return Interval(rate - base, low, high)


class Match(_SequentialGuard):
    """Mean match of shadowed documents with the baseline's versions."""

    name: GuardName = "match"
    higher_is_worse = False

    def __init__(self, settings: MatchGuard, chance: float) -> None:
        super().__init__(settings, settings.limit, chance)
        self.all = Moments()
        """The mean over the whole rollout."""
        self._restart()

    def scored(self, match: float) -> None:
        """Record the match of a compared document, 0-1."""
        self._scores.add(match)
        self.all.add(match)

    def _restart(self) -> None:
        self._scores = Moments()

    def _size(self) -> int:
        return self._scores.count

    def _measure(self, chance: float) -> Interval:
        found = mean_interval(self._scores, chance)
        return Interval(found.value, max(0.0, found.low), min(1.0, found.high))


class Latency(_SequentialGuard):
    """Ratio of the candidate's answer times to the baseline's: the ratio of geometric means."""

    name: GuardName = "latency"

    def __init__(self, settings: LatencyGuard, chance: float) -> None:
        super().__init__(settings, settings.limit, chance)
        self._restart()

    def candidate(self, outcome: SideOutcome) -> None:
        """A document of the candidate is finished."""
        _add_time(self._times, outcome)

    def baseline(self, outcome: SideOutcome) -> None:
        """A document of the baseline is finished, shadows among them."""
        _add_time(self._base_times, outcome)

    def _restart(self) -> None:
        self._times, self._base_times = Moments(), Moments()

    def _size(self) -> int:
        return self._times.count

    def _measure(self, chance: float) -> Interval | None:
        if self._base_times.count < self._settings.min_sample:
            return None
        found = difference_interval(self._times, self._base_times, chance)
        return Interval(exp(found.value), exp(found.low), exp(found.high) if found.high < 700 else inf)


def _add_time(times: Moments, outcome: SideOutcome) -> None:
    if outcome.comparable and outcome.answers and outcome.seconds > 0:
        times.add(log(outcome.seconds / outcome.answers))
