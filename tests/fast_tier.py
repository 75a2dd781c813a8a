"""``pytest --fast``: the tests that start no program and take little CPU time, as they were last measured.

``costly_tests.txt`` names the others. ``make costs`` measures all default tests and writes the list anew. What is
measured is CPU time, not wall time: it is nearly the same on a busy machine. A test that is not listed is fast
until somebody measures it; ``--fast`` names at its end those that have become too slow.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LIST = Path(__file__).with_name("costly_tests.txt")
LIMIT_SECONDS = 0.3
"""CPU time of a test function, all its parameters and the shared fixtures that it needs included."""
STARTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
"""Audit events of Python that a program or another process is started."""
HEADER = f"""\
# The tests that `pytest --fast` leaves out: they start a program, or take more than {LIMIT_SECONDS} s of CPU time.
# Written by `make costs`. A line may be added or removed by hand.
"""


@dataclass(frozen=True)
class Cost:
    """What a test, or a fixture that tests share, takes."""

    cpu_seconds: float = 0.0
    starts: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu_seconds + other.cpu_seconds, self.starts + other.starts)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu_seconds - other.cpu_seconds, self.starts - other.starts)

    @property
    def is_high(self) -> bool:
        return self.starts > 0 or self.cpu_seconds > LIMIT_SECONDS


def function_of(nodeid: str) -> str:
    """The test function of a test: its name without the parameters."""
    return nodeid.split("[", 1)[0]


def read_list(path: Path) -> set[str]:
    """The test functions that are costly."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line for line in lines if line and not line.startswith("#")}


def write_list(measured: dict[str, Cost], path: Path) -> None:
    """Replace what the list says of these functions; others keep their line while their file is there."""
    root = Path(__file__).parents[1]
    others = {one for one in read_list(path) - measured.keys() if (root / one.split("::")[0]).exists()}
    costly = {function for function, cost in measured.items() if cost.is_high}
    path.write_text(HEADER + "".join(f"{one}\n" for one in sorted(others | costly)), encoding="utf-8")


def is_all_costly(source: str, file: str, costly: set[str]) -> bool:
    """Whether a file of tests has only costly ones, so that it need not even be imported.

    Unknown, and therefore not, where classes inherit tests from other files.
    """
    tests = re.findall(r"^(?:async )?def (test_\w+)", source, re.MULTILINE)
    return (
        bool(tests)
        and not re.search(r"^class Test", source, re.MULTILINE)
        and all(f"{file}::{test}" in costly for test in tests)
    )


class FastTier:
    """Leaves out the costly tests, and the files that have no others."""

    def __init__(self, root: Path, costly: set[str]) -> None:
        self._root = root
        self._costly = costly

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        if not collection_path.name.startswith("test_") or not collection_path.is_relative_to(self._root):
            return None
        file = collection_path.relative_to(self._root).as_posix()
        source = collection_path.read_text(encoding="utf-8")
        return True if is_all_costly(source, file, self._costly) else None

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        left_out = [item for item in items if function_of(item.nodeid) in self._costly]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if function_of(item.nodeid) not in self._costly]


class Meter:
    """In the process that runs tests: adds to each test's report what it took, as the properties of ``Cost``.

    What a fixture of a module or session takes is counted for each test that needs it, whichever comes first.
    """

    def __init__(self) -> None:
        self._starts = 0
        self._shared: dict[str, Cost] = {}
        self._set_up = Cost()
        self._before = Cost()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _: Any) -> None:
        if event in STARTS:
            self._starts += 1

    def _now(self) -> Cost:
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Cost(time.process_time() + ended.ru_utime + ended.ru_stime, self._starts)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]):
        before = self._now()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                cost = self._now() - before
                self._shared[fixturedef.argname] = cost
                self._set_up += cost

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._before, self._set_up = self._now(), Cost()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.when != "call" or not isinstance(item, pytest.Function):
            return
        cost = self._now() - self._before - self._set_up
        for name in item.fixturenames:
            cost += self._shared.get(name, Cost())
        item.user_properties += [("cpu_seconds", cost.cpu_seconds), ("starts", cost.starts)]


class Costs:
    """In the process that reports: adds up what the functions took; names the costly ones or writes the list."""

    def __init__(self, write: bool) -> None:
        self._write = write
        self._measured: defaultdict[str, Cost] = defaultdict(Cost)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = {
            name: value for name, value in report.user_properties if name in ("cpu_seconds", "starts")
        }
        if report.when == "call" and properties:
            self._measured[function_of(report.nodeid)] += Cost(**properties)  # type: ignore[arg-type]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._write:
            write_list(self._measured, LIST)
            return
        for function, cost in sorted(self._measured.items()):
            if cost.is_high:
                terminalreporter.write_line(
                    f"not a fast test: {function} ({cost.cpu_seconds:.1f} s, {cost.starts} processes started); "
                    f"add it to tests/{LIST.name}"
                )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast", action="store_true", help="only tests that start no program and take little CPU time"
    )
    parser.addoption("--measure-costs", action="store_true", help=f"write tests/{LIST.name} anew")


def pytest_configure(config: pytest.Config) -> None:
    fast, measure = config.getoption("--fast"), config.getoption("--measure-costs")
    if not fast and not measure:
        return
    is_worker = hasattr(config, "workerinput")  # of pytest-xdist
    config.pluginmanager.register(Meter())
    if not is_worker:
        config.pluginmanager.register(Costs(write=measure))
    if fast:
        config.pluginmanager.register(FastTier(config.rootpath, read_list(LIST)))
