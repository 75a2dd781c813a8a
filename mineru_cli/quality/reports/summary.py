"""What a person reads, as plain values: the terminal, Markdown, JUnit and HTML reports show the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mineru_cli.quality.comparison import Comparison, Judgement, RuleResult
from mineru_cli.quality.gate.rule import percent
from mineru_cli.quality.metrics.registry import COMPONENTS
from mineru_cli.quality.score import DocumentScore, PageScore

_NUMBERS = 6
_PAGES = 3


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document that is not equal: what changed in it, in sentences, and the rules it broke."""

    path: str
    match: float
    changes: tuple[str, ...]
    rules: tuple[str, ...]
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """``headline`` is one sentence, ``worst`` the changed documents, broken rules and low matches first."""

    passed: bool
    headline: str
    figures: tuple[tuple[str, str], ...]
    rules: Sequence[RuleResult]
    worst: Sequence[DocumentLine]
    notes: tuple[str, ...]
    equal: int
    documents: int


def summarise(judgement: Judgement) -> Summary:
    """The summary of a judged comparison."""
    found = judgement.comparison
    broken: dict[str, list[str]] = {}
    for rule in judgement.rules:
        for path in rule.documents if rule.status == "fail" else ():
            broken.setdefault(path, []).append(rule.rule)
    changed = [document for document in found.documents if found.changed(document) or _reported(document)]
    worst = sorted(
        (_line(document, found, tuple(broken.get(document.path, ()))) for document in changed),
        key=lambda line: (not line.rules, line.match, line.path),
    )
    equal = sum(document.match == 1.0 and not document.problems for document in found.documents)
    return Summary(
        passed=judgement.passed,
        headline=_headline(judgement),
        figures=tuple(_figures(found)),
        rules=judgement.rules,
        worst=worst,
        notes=tuple(_notes(found)),
        equal=equal,
        documents=len(found.documents),
    )


def what_changed(document: DocumentScore) -> Iterator[str]:
    """Sentences about one document, the gravest first."""
    for problem in document.problems:
        page = "" if problem.page is None else f"page {problem.page + 1}: "
        yield f"{page}{problem.message}"
    if document.state in ("missing", "extra"):
        if document.state == "extra":
            yield "only the run has it"
        return
    lost = [
        f"{name} {score:.3f}" for name in COMPONENTS if (score := document.scores[name]) not in (None, 1.0)
    ]
    if lost:
        yield ", ".join(lost)
    if document.state == "renamed":
        yield f"now {document.run_path}"
    if document.numbers.changed:
        yield _numbers(document)
    pages = sorted(document.changed_pages, key=_page_match)
    for changed in pages[:_PAGES]:
        before, after = map(_flat, changed.excerpt)
        if before != after:
            yield f"page {changed.index + 1}: “{before}” → “{after}”"
    if len(pages) > _PAGES:
        yield f"and {len(pages) - _PAGES} more pages"


def _line(document: DocumentScore, found: Comparison, rules: tuple[str, ...]) -> DocumentLine:
    allowance = found.allowed.get(document.path)
    allowed = f"known until {allowance.until}: {allowance.reason}" if allowance else ""
    return DocumentLine(document.path, document.match, tuple(what_changed(document)), rules, allowed)


def _reported(document: DocumentScore) -> bool:
    return bool(document.numbers.changed) or document.state != "paired"


def _headline(judgement: Judgement) -> str:
    found = judgement.comparison
    failed = [rule.title for rule in judgement.rules if rule.status == "fail"]
    match = f"{percent(found.run_match)} match over {len(found.documents)} documents"
    return f"{match}; failed: {', '.join(failed)}" if failed else f"{match}; every rule holds"


def _figures(found: Comparison) -> Iterator[tuple[str, str]]:
    interval = found.interval
    if interval is not None:
        few = f", only {interval.documents} documents" if interval.few else ""
        shown = f"{percent(interval.low)} to {percent(interval.high)} (95 % interval{few})"
        yield "run match", f"{percent(found.run_match)}, {shown}"
    yield "by length", percent(found.run_match_weighted)
    for name, score in found.components.items():
        if score is not None:
            yield name, percent(score)
    beside = [
        f"{_spaced(name)} {score:.3f}" for name, score in found.informational.items() if score is not None
    ]
    if beside:
        yield "not judged", ", ".join(beside)
    if found.truth is not None:
        truth = found.truth
        yield (
            "against truth",
            f"{percent(truth.base_match)}, now {percent(truth.run_match)}, {truth.documents} documents",
        )
    if found.drift is not None:
        drift = found.drift
        since = f", {drift.approved} approved since" if drift.approved else ""
        yield "since anchor", f"{percent(drift.match)} over {drift.documents} documents{since}"


def _notes(found: Comparison) -> Iterator[str]:
    if found.base.model and found.run.model and found.base.model != found.run.model:
        yield f"the models differ: {found.base.model} and {found.run.model}"
    for one in found.expired:
        yield f"the allowance for {one.document} expired on {one.until}"
    if found.ignored:
        yield f"{len(found.ignored)} documents that only the run has are left out"
    unused = [
        path for path in found.allowed if all(d.path != path or d.match == 1.0 for d in found.documents)
    ]
    for path in unused:
        yield f"the allowance for {path} is not needed any more"


def _numbers(document: DocumentScore) -> str:
    numbers = document.numbers
    pairs = [f"{old} → {new}" for old, new in zip(numbers.vanished, numbers.appeared, strict=False)]
    shorter = len(pairs)
    pairs += [f"{old} vanished" for old in numbers.vanished[shorter:]]
    pairs += [f"{new} appeared" for new in numbers.appeared[shorter:]]
    more = f", and {len(pairs) - _NUMBERS} more" if len(pairs) > _NUMBERS else ""
    return f"{numbers.changed} of {numbers.total} numerals: {', '.join(pairs[:_NUMBERS])}{more}"


def _page_match(page: PageScore) -> float:
    return min((score for name in COMPONENTS if (score := page.scores[name]) is not None), default=1.0)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _spaced(name: str) -> str:
    return name.replace("_", " ")
