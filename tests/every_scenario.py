"""``pytest --every-scenario``: the run fails unless a passing test showed each scenario of the specification.

Only for a run with ``--full``. Works under pytest-xdist: what a test shows travels with its report.
"""

from __future__ import annotations

import pytest

from tests.specification import Scenario, read_specification


def scenarios_of(item: pytest.Item) -> list[str]:
    return [scenario for mark in item.iter_markers("spec") for scenario in mark.args]


class EveryScenario:
    """Collects what passed tests show."""

    def __init__(self, scenarios: list[Scenario]) -> None:
        self._missing = {one.id for one in scenarios if one.not_run is None}

    @property
    def missing(self) -> list[str]:
        return sorted(self._missing)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._missing -= {str(value) for name, value in report.user_properties if name == "spec"}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for one in self.missing:
            terminalreporter.write_line(f"no passing test showed the scenario {one}", red=True)


def plugin() -> EveryScenario:
    return EveryScenario([scenario for one in read_specification() for scenario in one.scenarios])


def check_marks(items: list[pytest.Item]) -> None:
    """Every mark names a scenario, whatever way it came to its test; and the report of the test carries it."""
    known = {scenario.id for one in read_specification() for scenario in one.scenarios}
    for item in items:
        for scenario in scenarios_of(item):
            if scenario not in known:
                raise pytest.UsageError(f"{item.nodeid}: docs/openspec has no scenario {scenario!r}")
            item.user_properties.append(("spec", scenario))
