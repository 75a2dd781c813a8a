"""The list of costly tests: what is measured, what is written, what is left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fast_tier import LIMIT_SECONDS, Cost, is_all_costly, read_list, write_list

PLUGIN = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from tests import fast_tier
fast_tier.LIST = __import__("pathlib").Path(__file__).with_name("costly_tests.txt")
from tests.fast_tier import pytest_addoption, pytest_configure
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


def run(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options, str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "CI": ""})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_programs_and_shared_fixtures_are_seen_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_it.py").write_text(TESTS)
    shown = run(tmp_path, "--fast", "-n", "1")
    assert "5 passed" in shown
    assert [line.split()[4] for line in shown.splitlines() if line.startswith("not a fast test: ")] == [
        "test_it.py::test_also_prepared", "test_it.py::test_prepared", "test_it.py::test_program",
    ]  # fmt: skip
    listed = {"test_it.py::test_prepared", "test_it.py::test_also_prepared", "test_it.py::test_program"}
    (tmp_path / "costly_tests.txt").write_text("# costly\n" + "\n".join(listed))
    assert "1 passed" in run(tmp_path, "--fast")


@pytest.mark.parametrize(
    ("cost", "is_high"),
    [(Cost(LIMIT_SECONDS), False), (Cost(LIMIT_SECONDS + 0.1), True), (Cost(0.0, starts=1), True)],
)
def test_the_limit(cost: Cost, is_high: bool) -> None:
    assert cost.is_high is is_high


def test_what_was_not_measured_keeps_its_line_while_its_file_is_there(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(
        "# costly\ntests/test_fast_tier.py::test_other\ntests/test_gone.py::test_x\ntests/test_api.py::test_now_fast\n"
    )
    write_list({"tests/test_api.py::test_now_fast": Cost(), "tests/test_api.py::test_slow": Cost(9.0)}, path)
    assert read_list(path) == {"tests/test_fast_tier.py::test_other", "tests/test_api.py::test_slow"}


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
    assert is_all_costly(source, "f.py", {"f.py::test_a", "f.py::test_b"}) is expected
