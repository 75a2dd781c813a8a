"""The gate: rules about means, about single documents, and against the truth.

A new rule is a function and a line in ``RULES``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import floor, fsum

from mineru_cli.quality.metrics.registry import JUDGED
from mineru_cli.quality.numbers import counted
from mineru_cli.quality.results import Comparison, Judgement, RuleResult, RuleStatus
from mineru_cli.quality.settings import GateSettings

_NAMED = 3


Rule = Callable[[Comparison, GateSettings], Iterator[RuleResult]]
"""A rule: judges a comparison and returns one result, or several if it checks several things."""


def percent(share: float) -> str:
    """A share in per cent, never rounded up: a value below a limit must not look like the limit."""
    return f"{floor(share * 10_000 + 1e-6) / 100:.2f} %"


def some(documents: Sequence[str]) -> str:
    """The number of documents and the names of the first."""
    named = ", ".join(documents[:_NAMED])
    more = f" and {len(documents) - _NAMED} more" if len(documents) > _NAMED else ""
    return f"{counted(len(documents), 'document')}: {named}{more}" if documents else "none"


def passes(holds: bool) -> RuleStatus:
    """The status for a rule that holds, or does not."""
    return "pass" if holds else "fail"


_TRUTH_INSTEAD = "not asked with --truth"


def run_match(comparison: Comparison, settings: GateSettings) -> Iterator[RuleResult]:
    """The mean match, or with ``strict_ci`` the lower bound of its interval, reaches the threshold."""
    title, limit = "run match", settings.threshold
    if comparison.truth is not None:
        yield RuleResult("run-match", title, "off", _TRUTH_INSTEAD, comparison.run_match, limit)
        return
    judged = [document.match for document in comparison.judged]
    value = fsum(judged) / len(judged) if judged else 1.0
    what = "mean over documents"
    if settings.strict_ci and comparison.interval is not None:
        value, what = comparison.interval.low, "lower bound of the interval"
    status = passes(value >= limit)
    yield RuleResult(
        "run-match", title, status, f"{what} {percent(value)}, at least {percent(limit)}", value, limit
    )


def component_means(comparison: Comparison, settings: GateSettings) -> Iterator[RuleResult]:
    """The mean of each component that enough documents have reaches the floor."""
    for name in JUDGED:
        scores = [score for d in comparison.judged if (score := d.scores.get(name)) is not None]
        value = fsum(scores) / len(scores) if scores else None
        rule, title, limit = f"mean-{name}", f"mean {name}", settings.component_floor
        if comparison.truth is not None:
            yield RuleResult(rule, title, "off", _TRUTH_INSTEAD, value, limit)
        elif value is None or len(scores) < settings.component_documents:
            have = "1 document has" if len(scores) == 1 else f"{len(scores) or 'no'} documents have"
            detail = f"{have} it, judged from {settings.component_documents} on"
            yield RuleResult(rule, title, "off", detail, value, limit)
        else:
            status = passes(value >= limit)
            detail = f"{percent(value)} over {len(scores)} documents, at least {percent(limit)}"
            yield RuleResult(rule, title, status, detail, value, limit)


HARD_CHECKS = {
    "document-missing": "documents missing",
    "document-failed": "documents newly failed",
    "document-empty": "documents newly empty",
    "page-missing": "pages missing",
    "page-failed": "pages newly failed",
    "page-empty": "pages newly empty",
    "page-count": "page counts differ",
    "length-ratio": "lengths differ",
    "repeated-tail": "repeated tails",
    "table-missing": "tables vanished",
    "formula-missing": "formulas vanished",
    "block-floor": "floor for each long block",
    "page-floor": "floor for each page",
    "additional-missing": "additional text lost",
}

_OFF_WITH_TRUTH = frozenset(
    {"length-ratio", "table-missing", "formula-missing", "block-floor", "page-floor", "additional-missing"}
)
"""The base itself may be wrong: the truth decides whether the run is worse."""


def document_floor(comparison: Comparison, settings: GateSettings) -> Iterator[RuleResult]:
    """No more documents than allowed match below the floor."""
    title, limit = "floor for each document", settings.floor
    if comparison.truth is not None:
        yield RuleResult("document-floor", title, "off", _TRUTH_INSTEAD, limit=limit)
        return
    below = [document.path for document in comparison.judged if document.match < limit]
    status = passes(len(below) <= settings.max_below_floor)
    detail = f"below {percent(limit)}: {some(below)}; allowed: {settings.max_below_floor}"
    lowest = min((document.match for document in comparison.judged), default=None)
    yield RuleResult("document-floor", title, status, detail, lowest, limit, below)


def changed_numbers(comparison: Comparison, settings: GateSettings) -> Iterator[RuleResult]:
    """No document has too large a share of changed numerals."""
    title, limit = "numbers", settings.max_changed_numbers
    if comparison.truth is not None:
        yield RuleResult("numbers", title, "off", _TRUTH_INSTEAD, limit=limit)
        return
    broken, changed, documents, worst = [], 0, 0, 0.0
    for document in comparison.judged:
        if not all(document.characters):
            continue  # missing, new or empty as a whole: reported by other rules
        numbers = document.numbers
        changed += numbers.changed
        documents += bool(numbers.changed)
        if numbers.changed >= settings.min_changed_numbers:
            worst = max(worst, numbers.share)
            if numbers.share > limit:
                broken.append(document.path)
    text = f"{changed} changed in {counted(documents, 'document')}"
    detail = f"{text}; above {percent(limit)} of a document's: {some(broken)}"
    yield RuleResult("numbers", title, "fail" if broken else "pass", detail, worst, limit, broken)


def hard_checks(comparison: Comparison, settings: GateSettings) -> Iterator[RuleResult]:
    """Nothing is newly missing, failed, empty, garbled, of a different length or repeated at its end."""
    broken: dict[str, list[str]] = {code: [] for code in HARD_CHECKS}
    for document in comparison.judged:
        for code in dict.fromkeys(problem.code for problem in document.problems):
            broken.setdefault(code, []).append(document.path)
    for code, paths in broken.items():
        title = HARD_CHECKS.get(code, code)
        if comparison.truth is not None and code in _OFF_WITH_TRUTH:
            yield RuleResult(code, title, "off", _TRUTH_INSTEAD)
        else:
            yield RuleResult(code, title, passes(not paths), some(paths), documents=paths)


def truth_differences(comparison: Comparison, settings: GateSettings) -> Iterator[RuleResult]:
    """Lower bounds of the mean differences lie above the negative margins."""
    truth = comparison.truth
    if truth is None:
        return
    yield _result("truth-match", "match against truth", truth.match, truth.match_low, settings.truth_margin)
    if truth.table is not None and truth.table_low is not None:
        yield _result(
            "truth-table", "tables against truth", truth.table, truth.table_low, settings.truth_table_margin
        )


def _result(rule: str, title: str, mean: float, low: float, margin: float) -> RuleResult:
    detail = f"{mean * 100:+.2f} points, lower bound {low * 100:+.2f}, must be above {-margin:+.2f}"
    return RuleResult(rule, title, passes(low * 100 > -margin), detail, low, -margin / 100)


RULES: tuple[Rule, ...] = (
    run_match,
    component_means,
    document_floor,
    changed_numbers,
    hard_checks,
    truth_differences,
)


def judge(comparison: Comparison, settings: GateSettings | None = None) -> Judgement:
    """Apply every rule."""
    settings = settings or GateSettings()
    return Judgement(comparison, tuple(result for rule in RULES for result in rule(comparison, settings)))
