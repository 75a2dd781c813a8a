"""Rules about means over documents."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from mineru_cli.quality.gate.rule import GateSettings, passes, percent
from mineru_cli.quality.metrics.registry import JUDGED
from mineru_cli.quality.results import Comparison, RuleResult

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
