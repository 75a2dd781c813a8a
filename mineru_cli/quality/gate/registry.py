"""Which rules there are. A new one is a function and a line here."""

from __future__ import annotations

from mineru_cli.quality.gate.documents import changed_numbers, document_floor, hard_checks
from mineru_cli.quality.gate.means import component_means, run_match
from mineru_cli.quality.gate.rule import GateSettings, Rule
from mineru_cli.quality.gate.truth import truth_differences
from mineru_cli.quality.results import Comparison, Judgement

RULES: tuple[Rule, ...] = (
    run_match,
    component_means,
    document_floor,
    changed_numbers,
    hard_checks,
    truth_differences,
)


def judge(comparison: Comparison, settings: GateSettings | None = None) -> Judgement:
    """Ask every rule."""
    settings = settings or GateSettings()
    return Judgement(comparison, tuple(result for rule in RULES for result in rule(comparison, settings)))
