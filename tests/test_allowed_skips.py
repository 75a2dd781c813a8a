"""Skips on CI are failures, unless they are listed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.allowed_skips import is_allowed

PLUGIN = """
import sys
sys.path.insert(0, {!r})
from tests.allowed_skips import SkipsFail, is_on_ci

def pytest_configure(config):
    if is_on_ci(): config.pluginmanager.register(SkipsFail())
"""
TESTS = """
import pytest

@pytest.mark.skipif(True, reason="no browser")
def test_marked(): pass

def test_called(): pytest.skip("this machine has a Chinese font")

@pytest.fixture
def tool(): pytest.skip("no tool")

def test_fixture(tool): pass

@pytest.mark.xfail(reason="known")
def test_expected(): raise AssertionError
"""
WHOLE = "import pytest\npytest.importorskip('no_such_module_at_all')\n"


@pytest.mark.parametrize(
    ("ci", "outcomes"), [("true", "1 skipped, 1 xfailed, 3 errors"), ("", "4 skipped, 1 xfailed")]
)
def test_a_skip_for_an_unlisted_reason_fails_on_ci(ci: str, outcomes: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN.format(str(Path(__file__).parents[1])))
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "test_whole.py").write_text(WHOLE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
    ]
    environment = {**os.environ, "CI": ci, "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert done.stdout.splitlines()[-1].startswith(outcomes + " in "), done.stdout
    assert ("skipped on CI: no browser" in done.stdout) is bool(ci)


def test_reasons_are_listed_by_pattern() -> None:
    assert is_allowed("no file system can be mounted here: mount: permission denied")
    assert not is_allowed("the docker client is not installed and more")
