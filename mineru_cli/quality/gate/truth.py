"""Rules of the ground-truth mode: the run is not worse against the truth than the base is."""

from __future__ import annotations

from collections.abc import Iterator

from mineru_cli.quality.gate.rule import GateSettings, passes
from mineru_cli.quality.results import Comparison, RuleResult


def truth_differences(comparison: Comparison, settings: GateSettings) -> Iterator[RuleResult]:
    """Lower bounds of the mean differences lie above minus their margins."""
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
