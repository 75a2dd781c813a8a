"""The living specification (docs/openspec) and the tests that show it.

A test says which scenarios it shows by ``@pytest.mark.spec("capability/requirement/scenario")``; the parts are the
headings of the specification in small letters. ``python -m tests.specification`` writes the table that
docs/openspec/traceability.md is, ``--check`` compares it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "docs/openspec/specs"
TABLE = ROOT / "docs/openspec/traceability.md"
LEFT_OUT = {"shown", "slow", "soak", "image", "real_vllm", "skip", "xfail"}
"""Marks of tests that the full run leaves out, or that need not pass."""
HEADING = re.compile(r"^(###|####) (Requirement|Scenario): (.+)$")
NOT_RUN = re.compile(r"^- \*\*NOT RUN HERE\*\* \((\w+)\): (.+(?:\n  .+)*)", re.MULTILINE)

INTRO = """# Which test shows what

Written by `make docs` from the [specification](README.md) and the marks of the tests; CI fails when it is out of date, when
a scenario has no passing test, and when a mark names no scenario.

"""


@dataclass(frozen=True)
class Scenario:
    """One scenario: its id, its text, and what it needs where the default test run cannot show it."""

    id: str
    title: str
    text: str

    @property
    def capability(self) -> str:
        return self.id.split("/")[0]

    @property
    def not_run(self) -> tuple[str, str] | None:
        """What is needed (``GPU``, ``cluster``, ...), and the sentence about it."""
        found = NOT_RUN.search(self.text)
        return (found[1], " ".join(found[2].split())) if found else None


@dataclass(frozen=True)
class Requirement:
    id: str
    text: str
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True)
class Shown:
    """A test that names a scenario."""

    scenario: str
    test: str
    by_default: bool


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower().replace("'", "")).strip("-")


def read_specification(folder: Path = SPECS) -> tuple[Requirement, ...]:
    """All requirements, by capability and in the order of their files."""
    return tuple(
        requirement
        for path in sorted(folder.glob("*/spec.md"))
        for requirement in _requirements(path.parent.name, path.read_text(encoding="utf-8"))
    )


def _requirements(capability: str, text: str) -> Iterator[Requirement]:
    for title, body in _sections("### Requirement: ", text):
        words, *_ = body.split("\n#### ")
        name = f"{capability}/{slug(title)}"
        scenarios = _sections("#### Scenario: ", body)
        yield Requirement(
            name, words, tuple(Scenario(f"{name}/{slug(one)}", one, rest) for one, rest in scenarios)
        )


def _sections(heading: str, text: str) -> Iterator[tuple[str, str]]:
    for section in re.split(rf"^{re.escape(heading)}", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        yield title.strip(), body


def read_marks(folder: Path = ROOT / "tests") -> tuple[Shown, ...]:
    """What the marks in the sources of the tests say: of functions, of their parameters, of classes and of files."""
    return tuple(
        shown for path in sorted(folder.rglob("test_*.py")) for shown in _marks(path, path.relative_to(ROOT))
    )


def _marks(path: Path, name: Path) -> Iterator[Shown]:
    module = ast.parse(path.read_text(encoding="utf-8"))
    of_file = [one.value for one in module.body if isinstance(one, ast.Assign) and _is_pytestmark(one)]
    yield from _named(module.body, str(name), of_file)


def _is_pytestmark(assignment: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in assignment.targets)


def _named(body: list[ast.stmt], place: str, outer: list[ast.expr]) -> Iterator[Shown]:
    for one in body:
        if isinstance(one, ast.ClassDef):
            yield from _named(one.body, f"{place}::{one.name}", [*outer, *one.decorator_list])
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name.startswith("test"):
            marks = [*outer, *one.decorator_list]
            # A parameter that is left out leaves the others in: only the marks of the whole test count.
            left_out = any(name in LEFT_OUT for mark in marks for name in _names_of(mark))
            for mark in marks:
                for scenario in _scenarios_of(mark):
                    yield Shown(scenario, f"{place}::{one.name}", not left_out)


def _names_of(mark: ast.expr) -> Iterator[str]:
    """The names of the marks that an expression puts on a whole test."""
    if isinstance(mark, (ast.List, ast.Tuple)):
        for one in mark.elts:
            yield from _names_of(one)
    mark = mark.func if isinstance(mark, ast.Call) else mark
    if isinstance(mark, ast.Attribute):
        yield mark.attr


def _scenarios_of(mark: ast.expr) -> Iterator[str]:
    for node in ast.walk(mark):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "spec":
            yield from (ast.literal_eval(argument) for argument in node.args)


def problems(requirements: tuple[Requirement, ...], shown: tuple[Shown, ...]) -> list[str]:
    """What is wrong between the specification and the marks, one line each."""
    scenarios = {scenario.id: scenario for one in requirements for scenario in one.scenarios}
    by_default = {one.scenario for one in shown if one.by_default}
    found = [
        f"{one.test}: there is no scenario {one.scenario}" for one in shown if one.scenario not in scenarios
    ]
    for name, scenario in scenarios.items():
        if scenario.not_run is None and name not in by_default:
            found.append(f"{name}: no test of the full run shows it")
        if scenario.not_run is not None and name in by_default:
            found.append(f"{name}: it says that it is not run here, and a test of the full run shows it")
    every = Counter(scenario.id for one in requirements for scenario in one.scenarios)
    return found + [f"{name}: {count} scenarios have this id" for name, count in every.items() if count > 1]


def table(requirements: tuple[Requirement, ...], shown: tuple[Shown, ...]) -> str:
    """The page docs/openspec/traceability.md."""
    tests: dict[str, list[str]] = defaultdict(list)
    for one in shown:
        tests[one.scenario].append(one.test)
    return INTRO + _counts(requirements, tests) + _not_run(requirements, tests) + _rows(requirements, tests)


def _counts(requirements: tuple[Requirement, ...], tests: dict[str, list[str]]) -> str:
    lines = [
        "| capability | requirements | scenarios | shown by the full run | not run here | tests |",
        "| --- " * 6 + "|",
    ]
    groups = [(name, list(group)) for name, group in groupby(requirements, lambda one: one.id.split("/")[0])]
    for name, group in [*groups, ("all", list(requirements))]:
        scenarios = [scenario for one in group for scenario in one.scenarios]
        absent = sum(scenario.not_run is not None for scenario in scenarios)
        count = len({test for scenario in scenarios for test in tests[scenario.id]})
        lines.append(
            f"| {name} | {len(group)} | {len(scenarios)} | {len(scenarios) - absent} | {absent} | {count} |"
        )
    return (
        "\n".join(lines)
        + "\n\nA test that shows scenarios of two capabilities counts in both rows, and once in the last.\n"
    )


def _not_run(requirements: tuple[Requirement, ...], tests: dict[str, list[str]]) -> str:
    lines = [
        "\n## Not run here\n",
        "| scenario | needs | what there is | tests outside the full run |",
        "| --- " * 4 + "|",
    ]
    for one in requirements:
        for scenario in one.scenarios:
            if scenario.not_run is not None:
                needs, text = scenario.not_run
                lines.append(f"| {scenario.id} | {needs} | {text} | {_list(tests[scenario.id])} |")
    return "\n".join(lines) + "\n"


def _rows(requirements: tuple[Requirement, ...], tests: dict[str, list[str]]) -> str:
    lines = ["\n## Shown by the full run"]
    for one in requirements:
        lines += [f"\n### {one.id}\n", "| scenario | tests |", "| --- | --- |"]
        lines += [
            f"| {scenario.title} | {_list(tests[scenario.id])} |"
            for scenario in one.scenarios
            if scenario.not_run is None
        ]
    return "\n".join(lines) + "\n"


def _list(tests: list[str]) -> str:
    return "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests) or "-"


def main() -> int:
    requirements, shown = read_specification(), read_marks()
    wrong = problems(requirements, shown)
    page = table(requirements, shown)
    if "--check" not in sys.argv:
        TABLE.write_text(page, encoding="utf-8")
    elif TABLE.read_text(encoding="utf-8") != page:
        wrong.append("docs/openspec/traceability.md is out of date: make docs")
    print("\n".join(wrong) or "specification and tests agree")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
