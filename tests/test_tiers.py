"""Tiers of tests: what is measured, what is written, what is left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiers import DEFAULT_SECONDS, FAST_SECONDS, Cost, is_all_left_out, read_costs, write_costs

PLUGIN = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from tests import tiers
tiers.COSTS = __import__("pathlib").Path(__file__).with_name("costs.txt")
from tests.tiers import pytest_addoption, pytest_configure
"""
TESTS = """
import os, pytest, subprocess, time

@pytest.fixture(scope="module")
def prepared():
    end = time.process_time() + 0.5
    while time.process_time() < end: pass

@pytest.mark.parametrize("number", [1, 2])
def test_prepared(prepared, number): pass

def test_also_prepared(prepared): pass

def test_program(): subprocess.run(["true"])

def test_light(): pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_it.py").write_text(TESTS)
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "CI": ""})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_programs_and_shared_fixtures_are_seen(suite: Path) -> None:
    shown = run(suite, "--fast", "-n", "1")
    assert "5 passed" in shown
    assert [line.split()[4] for line in shown.splitlines() if line.startswith("not a fast test: ")] == [
        "test_it.py::test_also_prepared", "test_it.py::test_prepared", "test_it.py::test_program",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [
        (("--fast",), 1), ((), 3), (("--full",), 5), (("test_it.py",), 5), (("--fast", "test_it.py"), 1),
        (("-n", "1"), 3), (("-n", "1", "test_it.py"), 5),
    ],
)  # fmt: skip
def test_each_tier_leaves_out_what_is_too_costly_for_it(
    suite: Path, arguments: tuple[str, ...], passed: int
) -> None:
    (suite / "costs.txt").write_text(
        "# costs\n9.5 0 test_it.py::test_prepared\n0.1 1 test_it.py::test_program\n"
        "0.6 0 test_it.py::test_also_prepared\n"
    )
    assert f"{passed} passed" in run(suite, *arguments)


@pytest.mark.parametrize(
    ("cost", "is_fast", "is_long"),
    [
        (Cost(FAST_SECONDS), True, False),
        (Cost(FAST_SECONDS + 0.1), False, False),
        (Cost(0.0, starts=1), False, False),
        (Cost(DEFAULT_SECONDS + 0.1), False, True),
    ],
)
def test_the_limits(cost: Cost, is_fast: bool, is_long: bool) -> None:
    assert (cost.is_fast, cost.is_long) == (is_fast, is_long)


def test_what_was_not_measured_keeps_its_line_while_its_file_is_there(tmp_path: Path) -> None:
    path = tmp_path / "costs.txt"
    path.write_text(
        "# costs\n 1.0 2 tests/test_tiers.py::test_other\n 1.0 0 tests/test_gone.py::test_x\n"
        " 1.0 0 tests/test_api.py::test_now_fast\n"
    )
    write_costs({"tests/test_api.py::test_now_fast": Cost(), "tests/test_api.py::test_slow": Cost(9.0)}, path)
    assert read_costs(path) == {
        "tests/test_tiers.py::test_other": Cost(1.0, 2), "tests/test_api.py::test_slow": Cost(9.0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def test_a():\n  pass\nasync def test_b():\n  pass\n", True),
        ("def test_a(): pass\ndef test_new(): pass\n", False),
        ("def test_a(): pass\nclass TestPool(Contract): pass\n", False),
        ("def helper(): pass\n", False),
    ],
)
def test_a_file_is_left_out_when_each_of_its_tests_is(source: str, expected: bool) -> None:
    assert is_all_left_out(source, "f.py", {"f.py::test_a", "f.py::test_b"}) is expected
