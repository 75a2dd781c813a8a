"""Rules about single documents: what a mean over hundreds of them would hide."""

from __future__ import annotations

from collections.abc import Iterator

from mineru_cli.quality.gate.rule import GateSettings, passes, percent, some
from mineru_cli.quality.results import Comparison, RuleResult

_TRUTH_INSTEAD = "not asked with --truth"

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
"""What the base had may be wrong: the truth says whether the run is worse."""


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
    """In no document too large a share of the numerals changed."""
    title, limit = "numbers", settings.max_changed_numbers
    if comparison.truth is not None:
        yield RuleResult("numbers", title, "off", _TRUTH_INSTEAD, limit=limit)
        return
    broken, changed, documents, worst = [], 0, 0, 0.0
    for document in comparison.judged:
        if not all(document.characters):
            continue  # missing, new or empty as a whole: other rules say so
        numbers = document.numbers
        changed += numbers.changed
        documents += bool(numbers.changed)
        if numbers.changed >= settings.min_changed_numbers:
            worst = max(worst, numbers.share)
            if numbers.share > limit:
                broken.append(document.path)
    told = f"{changed} changed in {documents} document{'' if documents == 1 else 's'}"
    detail = f"{told}; above {percent(limit)} of a document's: {some(broken)}"
    yield RuleResult("numbers", title, "fail" if broken else "pass", detail, worst, limit, broken)


def hard_checks(comparison: Comparison, settings: GateSettings) -> Iterator[RuleResult]:
    """Nothing is newly missing, failed, empty, garbled, of another length or repeated at its end."""
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
