"""``--json``: all results for machines. The keys are a contract."""

from __future__ import annotations

import json
from typing import Any

from mineru_cli.quality.metrics.registry import JUDGED, SCORES
from mineru_cli.quality.normalise import NORMALISER
from mineru_cli.quality.numbers import NumberChange
from mineru_cli.quality.results import Comparison, Judgement, RuleResult
from mineru_cli.quality.score import DocumentScore

SCHEMA = "mineru-batch/compare/1"
_SCORES = (*JUDGED, "table_structure")


def json_report(judgement: Judgement) -> str:
    """The report as JSON text."""
    return json.dumps(report(judgement), indent=1, ensure_ascii=False) + "\n"


def report(judgement: Judgement) -> dict[str, Any]:
    """The report as plain values. Pages count from 1, scores are in [0, 1], null is absent on both sides."""
    found = judgement.comparison
    interval = found.interval
    return {
        "schema": SCHEMA,
        "normaliser": NORMALISER,
        "scores": SCORES,
        "weights": dict(found.weights),
        "verdict": judgement.verdict,
        "run_match": found.run_match,
        "run_match_weighted": found.run_match_weighted,
        "interval": interval and {**_plain(interval), "few_documents": interval.few},
        "components": dict(found.components),
        "types": found.types,
        "informational": dict(found.informational),
        "rules": [_rule(rule) for rule in judgement.rules],
        "documents": [_document(document, found) for document in found.documents],
        "ignored": list(found.ignored),
        "base": _plain(found.base),
        "run": _plain(found.run),
        "truth": found.truth and {**_plain(found.truth), "documents": len(found.truth.matches)},
        "drift": found.drift and _plain(found.drift),
        "allowed": [_plain(one) for one in found.allowed.values()],
        "allowed_expired": [_plain(one) for one in found.expired],
    }


def _rule(rule: RuleResult) -> dict[str, Any]:
    return {**_plain(rule), "documents": list(rule.documents)}


def _document(document: DocumentScore, found: Comparison) -> dict[str, Any]:
    return {
        "path": document.path,
        "match": document.match,
        **{name: document.scores[name] for name in _SCORES},
        "state": document.state,
        "run_path": document.run_path,
        "changed": found.changed(document),
        "allowed": document.path in found.allowed,
        "noise": found.noise.get(document.path, 0.0),
        "characters": {"base": document.characters[0], "run": document.characters[1]},
        "amounts": dict(document.amounts),
        "type_changes": [{**_plain(c), "page": c.page + 1} for c in document.type_changes],
        "type_changes_total": document.retyped,
        "additional_characters": {"base": document.additional[0], "run": document.additional[1]},
        "pages": document.pages,
        "numbers": _numbers(document.numbers.shortened(100)),
        "problems": [
            {"rule": p.code, "page": None if p.page is None else p.page + 1, "message": p.message}
            for p in document.problems
        ],
        "informational": {n: s for n, s in document.scores.items() if n not in _SCORES},
        "changed_pages": [
            {
                "page": page.index + 1,
                "match": page.match,
                **{name: page.scores[name] for name in _SCORES},
                "numbers": _numbers(page.numbers),
                "excerpt": {"base": page.excerpt[0], "run": page.excerpt[1]},
            }
            for page in document.changed_pages
        ],
    }


def _numbers(change: NumberChange) -> dict[str, Any]:
    return {
        "total": change.total,
        "changed": change.changed,
        "vanished": list(change.vanished),
        "appeared": list(change.appeared),
    }


def _plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
