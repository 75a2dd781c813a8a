"""docs/openspec: every scenario has a test, every mark a scenario, and the table says so."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.every_scenario import EveryScenario, check_marks
from tests.specification import (
    ROOT,
    TABLE,
    Requirement,
    Scenario,
    Shown,
    problems,
    read_marks,
    read_specification,
    slug,
    table,
)

REQUIREMENTS = read_specification()
SCENARIOS = [scenario for one in REQUIREMENTS for scenario in one.scenarios]
PROMISED = {"mineru-service": (8, 28), "gpu-microservices": (9, 24), "orchestration": (7, 18)}
"""Requirements and scenarios per capability, from the proposal."""


def test_every_scenario_has_a_test_and_every_mark_a_scenario():
    assert problems(REQUIREMENTS, read_marks()) == []


def test_the_table_is_current():
    assert TABLE.read_text(encoding="utf-8") == table(REQUIREMENTS, read_marks()), "make docs"


@pytest.mark.parametrize(("capability", "least"), PROMISED.items())
def test_there_is_at_least_what_the_proposal_promised(capability: str, least: tuple[int, int]):
    requirements = [one for one in REQUIREMENTS if one.id.startswith(f"{capability}/")]
    assert len(requirements) >= least[0]
    assert sum(len(one.scenarios) for one in requirements) >= least[1]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda one: one.id)
def test_requirements_bind(requirement: Requirement):
    assert re.search(r"\b(SHALL|MUST)\b", requirement.text)
    assert requirement.scenarios


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.id)
def test_scenarios_have_their_three_parts(scenario: Scenario):
    parts = re.findall(r"^- \*\*(GIVEN|WHEN|THEN|AND|NOT RUN HERE)\*\*", scenario.text, re.MULTILINE)
    assert parts[:3] == ["GIVEN", "WHEN", "THEN"]
    assert set(parts[3:]) <= {"AND", "NOT RUN HERE"}
    assert ("NOT RUN HERE" in scenario.text) == (scenario.not_run is not None)


def test_an_option_that_a_scenario_names_exists():
    cli = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for scenario in SCENARIOS:
        for option in re.findall(r"`(--[a-z-]+)", scenario.text):
            assert option in cli, scenario.id


def requirement(*scenarios: str, text: str = "") -> Requirement:
    return Requirement("a/b", "It SHALL.", tuple(Scenario(f"a/b/{one}", one, text) for one in scenarios))


@pytest.mark.parametrize(
    ("scenario", "shown", "problem"),
    [
        ("", (), "a/b/c: no test of the full run shows it"),
        ("", (Shown("a/b/c", "t", False),), "a/b/c: no test of the full run shows it"),
        ("", (Shown("a/b/c", "t", True), Shown("a/b/d", "u", True)), "u: there is no scenario a/b/d"),
        (
            "- **NOT RUN HERE** (GPU): no GPU",
            (Shown("a/b/c", "t", True),),
            "a/b/c: it says that it is not run here, and a test of the full run shows it",
        ),
    ],
)
def test_what_is_wrong_is_found(scenario: str, shown: tuple[Shown, ...], problem: str):
    assert problems((requirement("c", text=scenario),), shown) == [problem]
    assert problems((requirement("c"),), (Shown("a/b/c", "t", True),)) == []


def test_two_scenarios_with_one_id_are_found():
    assert problems((requirement("c", "c"),), (Shown("a/b/c", "t", True),)) == [
        "a/b/c: 2 scenarios have this id"
    ]


SOURCE = """
import pytest
pytestmark = [pytest.mark.anyio, pytest.mark.spec("a/b/file")]

@pytest.mark.spec("a/b/one", "a/b/two")
async def test_one(): ...

@pytest.mark.slow
@pytest.mark.spec("a/b/slow")
def test_slow(): ...

@pytest.mark.parametrize("n", [1, pytest.param(2, marks=[pytest.mark.slow, pytest.mark.spec("a/b/three")])])
def test_some(n): ...

class TestMany:
    @pytest.mark.spec("a/b/inner")
    def test_inner(self): ...
"""


def test_marks_of_functions_files_classes_and_parameters_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.specification.ROOT", tmp_path)
    (tmp_path / "test_x.py").write_text(SOURCE)
    marks = {(one.scenario.removeprefix("a/b/"), one.test, one.by_default) for one in read_marks(tmp_path)}
    assert {mark for mark in marks if mark[0] != "file"} == {
        ("one", "test_x.py::test_one", True),
        ("two", "test_x.py::test_one", True),
        ("slow", "test_x.py::test_slow", False),
        ("three", "test_x.py::test_some", True),
        ("inner", "test_x.py::TestMany::test_inner", True),
    }
    assert {mark[1] for mark in marks if mark[0] == "file"} == {mark[1] for mark in marks}


def test_ids_are_headings_in_small_letters():
    assert slug("The server's load: 2 of 3") == "the-servers-load-2-of-3"


def report(outcome: str, *scenarios: str, when: str = "call") -> Any:
    properties = [("spec", one) for one in scenarios]
    return SimpleNamespace(when=when, passed=outcome == "passed", user_properties=properties)


def test_only_a_passed_test_shows_a_scenario():
    session = SimpleNamespace(exitstatus=pytest.ExitCode.OK)
    seen = EveryScenario([*requirement("c", "d").scenarios, *requirement("e", text="- **NOT RUN HERE** (GPU): x").scenarios])  # fmt: skip
    seen.pytest_runtest_logreport(report("passed", "a/b/c"))
    seen.pytest_runtest_logreport(report("skipped", "a/b/d"))
    seen.pytest_runtest_logreport(report("passed", "a/b/d", when="setup"))
    seen.pytest_sessionfinish(session)
    assert seen.missing == ["a/b/d"]
    assert session.exitstatus == pytest.ExitCode.TESTS_FAILED
    seen.pytest_runtest_logreport(report("passed", "a/b/d"))
    assert seen.missing == []


def test_a_mark_without_a_scenario_stops_the_collection():
    item: Any = SimpleNamespace(
        nodeid="t", user_properties=[], iter_markers=lambda name: [SimpleNamespace(args=(SCENARIOS[0].id,))]
    )
    check_marks([item])
    assert item.user_properties == [("spec", SCENARIOS[0].id)]
    item.iter_markers = lambda name: [SimpleNamespace(args=("a/b/nothing",))]
    with pytest.raises(pytest.UsageError, match="a/b/nothing"):
        check_marks([item])
