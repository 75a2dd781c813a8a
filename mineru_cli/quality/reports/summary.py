"""The summary for people as plain values, shared by the terminal, Markdown, JUnit and HTML reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from mineru_cli.quality.gate import percent
from mineru_cli.quality.metrics.registry import SCORES
from mineru_cli.quality.numbers import counted
from mineru_cli.quality.reports.changes import what_changed
from mineru_cli.quality.results import Comparison, Judgement, RuleResult
from mineru_cli.stats.bootstrap import FEW

_NAMED = 3


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document that differs: its changes as sentences, and the rules it broke."""

    path: str
    match: float
    changes: tuple[str, ...]
    rules: tuple[str, ...]
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """``headline`` is one sentence, ``worst`` the changed documents, broken rules and low matches first.

    ``rules`` are ordered by importance: failing, holding, off; within each the run match first, then the hard
    checks.
    """

    passed: bool
    headline: str
    figures: tuple[tuple[str, str], ...]
    rules: Sequence[RuleResult]
    worst: Sequence[DocumentLine]
    notes: tuple[str, ...]
    equal: int
    documents: int

    @property
    def failing(self) -> Sequence[RuleResult]:
        """The rules that fail."""
        return [rule for rule in self.rules if rule.status == "fail"]

    @property
    def others(self) -> Sequence[RuleResult]:
        """The rules that hold or are off."""
        return [rule for rule in self.rules if rule.status != "fail"]


def summarise(judgement: Judgement) -> Summary:
    """The summary of a judged comparison."""
    found = judgement.comparison
    broken: dict[str, list[str]] = {}
    for rule in judgement.rules:
        for path in rule.documents if rule.status == "fail" else ():
            broken.setdefault(path, []).append(rule.rule)
    listed = [
        DocumentLine(
            document.path,
            document.match,
            (*_against_truth(found, document.path), *what_changed(document)),
            tuple(broken.get(document.path, ())),
            _allowed(found, document.path),
        )
        for document in found.documents
        if found.changed(document) or document.numbers.changed or document.state != "paired"
    ]
    return Summary(
        passed=judgement.passed,
        headline=_headline(judgement),
        figures=tuple(_figures(found)),
        rules=sorted(judgement.rules, key=_weight),
        worst=sorted(listed, key=lambda line: (not line.rules, -_lost(found, line), line.path)),
        notes=tuple(_notes(found)),
        equal=sum(document.match == 1.0 and not document.problems for document in found.documents),
        documents=len(found.documents),
    )


def _weight(rule: RuleResult) -> tuple[int, bool, bool]:
    return ("fail", "pass", "off").index(rule.status), rule.rule != "run-match", rule.value is not None


def _lost(found: Comparison, line: DocumentLine) -> float:
    """Severity for sorting: with a truth the loss against it, else the loss of match."""
    return 1.0 - line.match if found.truth is None else found.truth.loss(line.path)


def _against_truth(found: Comparison, path: str) -> Iterator[str]:
    if found.truth is not None and found.truth.loss(path):
        before, after = found.truth.matches[path]
        yield f"{percent(after)} match with the truth, {percent(before)} before"


def _allowed(found: Comparison, path: str) -> str:
    allowance = found.allowed.get(path)
    return f"known until {allowance.until}: {allowance.reason}" if allowance else ""


def _headline(judgement: Judgement) -> str:
    failed = [rule.title for rule in sorted(judgement.rules, key=_weight) if rule.status == "fail"]
    if not failed:
        return f"{_match(judgement.comparison)}; every rule holds"
    named = ", ".join(failed[:_NAMED])
    more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    count = "1 rule fails" if len(failed) == 1 else f"{len(failed)} rules fail"
    return f"{_match(judgement.comparison)}; {count}: {named}{more}"


def _match(found: Comparison) -> str:
    """The judged mean, over the judged documents."""
    if found.truth is not None:
        truth = found.truth
        return (
            f"{percent(truth.run_match)} match with the truth, {percent(truth.base_match)} before, "
            f"over {counted(len(truth.matches), 'document')}"
        )
    judged = [document.match for document in found.judged]
    left_out = len(found.documents) - len(judged)
    known = f" and {left_out} known to fail" if left_out else ""
    mean = fsum(judged) / len(judged) if judged else 1.0
    return f"{percent(mean)} match over {counted(len(judged), 'document')}{known}"


def _figures(found: Comparison) -> Iterator[tuple[str, str]]:
    interval = found.interval
    between = f", {percent(interval.low)} to {percent(interval.high)} (95 % interval)" if interval else ""
    yield "run match", percent(found.run_match) + between
    yield "by length", percent(found.run_match_weighted)
    for name, score in {**found.components, "types": found.types}.items():
        if score is not None:
            yield name, percent(score)
    beside = [
        f"{name.replace('_', ' ')} {score:.3f}"
        for name, score in found.informational.items()
        if score is not None
    ]
    if beside:
        yield "not judged", ", ".join(beside)
    if found.drift is not None:
        drift = found.drift
        since = f", {drift.approved} approved since" if drift.approved else ""
        yield "since anchor", f"{percent(drift.match)} over {counted(drift.documents, 'document')}{since}"


def _notes(found: Comparison) -> Iterator[str]:
    if found.recorded_scores != SCORES:
        yield (
            f"the baseline was recorded with {found.recorded_scores}: it is rescored with {SCORES}, so "
            "scores of older reports are not comparable with these, and recorded noise is left out"
        )
    if found.interval is not None and found.interval.few:
        count = counted(found.interval.documents, "document")
        yield f"the interval is over {count} only; below {FEW} it says little"
    if found.base.model and found.run.model and found.base.model != found.run.model:
        yield f"the models differ: {found.base.model} and {found.run.model}"
    for one in found.expired:
        yield f"the allowance for {one.document} expired on {one.until}"
    if extra := sum(one.state == "extra" for one in found.documents):
        yield f"{counted(extra, 'document')} that only the run has count as 0: --ignore-extra leaves them out"
    if found.ignored:
        yield f"{counted(len(found.ignored), 'document')} that only the run has left out"
    scores = {document.path: document for document in found.documents}
    for path in found.allowed:
        if path not in scores:
            yield f"the allowance for {path} matches none of these documents"
        elif scores[path].match == 1.0 and not scores[path].problems:
            yield f"the allowance for {path} is no longer needed"
