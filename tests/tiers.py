"""Three tiers of tests by what they cost: ``pytest --fast``, ``pytest`` and ``pytest --full``.

``costs.txt`` says what the costly tests take: ``--fast`` leaves all of them out, the default run those that
are long. ``make costs`` measures all tests and writes the file anew. What is measured is CPU time, not wall time: it
is nearly the same on a busy machine. A test that is not listed counts as fast until it is measured; ``--fast`` names
at its end those that have become too slow. Where files or tests are named on the command line, none is left out as
long.
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

COSTS = Path(__file__).with_name("costs.txt")
FAST_SECONDS = 0.2
"""CPU time of a test function, all its parameters and the shared fixtures that it needs included."""
DEFAULT_SECONDS = 3.0
"""The same: with those that take more, the default run would be longer than five minutes on 2 cores."""
STARTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
"""Audit events of Python that a program or another process is started."""
HEADER = f"""\
# What tests cost: CPU seconds, programs started, name. `pytest --fast` leaves all of these out; the default run
# those of more than {DEFAULT_SECONDS} s. Fast tests are not listed. Written by `make costs`; lines may be edited by hand.
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
    def is_fast(self) -> bool:
        return self.starts == 0 and self.cpu_seconds <= FAST_SECONDS

    @property
    def is_long(self) -> bool:
        return self.cpu_seconds > DEFAULT_SECONDS


def function_of(nodeid: str) -> str:
    """The test function of a test: its name without the parameters."""
    return nodeid.split("[", 1)[0]


def read_costs(path: Path) -> dict[str, Cost]:
    """The costly test functions and what they take."""
    costs = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            seconds, starts, function = line.split(maxsplit=2)
            costs[function] = Cost(float(seconds), int(starts))
    return costs


def write_costs(measured: dict[str, Cost], path: Path) -> None:
    """Replace what the file says of these functions; others keep their line while their file is there."""
    root = Path(__file__).parents[1]
    others = {
        function: cost
        for function, cost in read_costs(path).items()
        if function not in measured and (root / function.split("::")[0]).exists()
    }
    costly = {function: cost for function, cost in measured.items() if not cost.is_fast}
    lines = [
        f"{cost.cpu_seconds:6.1f} {cost.starts:4d} {function}\n"
        for function, cost in sorted((others | costly).items())
    ]
    path.write_text(HEADER + "".join(lines), encoding="utf-8")


def is_all_left_out(source: str, file: str, left_out: set[str]) -> bool:
    """Whether no test of a file runs, so that it need not even be imported.

    Unknown, and therefore not, where classes inherit tests from other files.
    """
    tests = re.findall(r"^(?:async )?def (test_\w+)", source, re.MULTILINE)
    return (
        bool(tests)
        and not re.search(r"^class Test", source, re.MULTILINE)
        and all(f"{file}::{test}" in left_out for test in tests)
    )


class Tier:
    """Leaves out these tests, and does not import the files that have no others."""

    def __init__(self, root: Path, left_out: set[str]) -> None:
        self._root = root
        self._left_out = left_out

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        if not collection_path.match("test_*.py") or not collection_path.is_relative_to(self._root):
            return None
        file = collection_path.relative_to(self._root).as_posix()
        source = collection_path.read_text(encoding="utf-8")
        return True if is_all_left_out(source, file, self._left_out) else None

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        left_out = [item for item in items if function_of(item.nodeid) in self._left_out]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if function_of(item.nodeid) not in self._left_out]


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
    """In the process that reports: adds up what the functions took; names those that are not fast, or writes all."""

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
            write_costs(self._measured, COSTS)
            return
        for function, cost in sorted(self._measured.items()):
            if not cost.is_fast:
                terminalreporter.write_line(
                    f"not a fast test: {function} ({cost.cpu_seconds:.1f} s, {cost.starts} processes started); "
                    f"add it to tests/{COSTS.name}"
                )


def pytest_addoption(parser: pytest.Parser) -> None:
    tiers = parser.getgroup("tiers of tests")
    tiers.addoption(
        "--fast", action="store_true", help="only tests that start no program and take little CPU time"
    )
    tiers.addoption("--full", action="store_true", help="the long tests too")
    tiers.addoption(
        "--measure-costs", action="store_true", help=f"with --full: write tests/{COSTS.name} anew"
    )


def pytest_configure(config: pytest.Config) -> None:
    options = config.option
    if options.fast or options.measure_costs:
        config.pluginmanager.register(Meter())
        if not hasattr(config, "workerinput"):  # the process that reports, not one of pytest-xdist's workers
            config.pluginmanager.register(Costs(write=options.measure_costs))
    full = options.full or config.args_source is pytest.Config.ArgsSource.ARGS
    if full and not options.fast:
        return
    costs = read_costs(COSTS)
    left_out = {function for function, cost in costs.items() if options.fast or cost.is_long}
    config.pluginmanager.register(Tier(config.rootpath, left_out))
