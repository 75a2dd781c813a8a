"""Completion in shells: the scripts, and what they complete."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mineru_cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shell", "text"),
    [
        ("bash", "complete -o default"),
        ("zsh", "#compdef mineru-batch"),
        ("fish", "complete --command mineru-batch"),
    ],
)
def test_each_shell_has_its_script(shell: str, text: str) -> None:
    done = program("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert text in done.stdout


def test_other_shells_are_refused() -> None:
    done = program("completion", "tcsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: bash|zsh|fish: 'tcsh' is not one of")


@pytest.mark.parametrize(
    ("words", "number", "found"),
    [
        ("mineru-batch con", 1, ["convert", "config"]),
        ("mineru-batch convert --worke", 2, ["--workers", "--worker-memory"]),
        ("mineru-batch convert --text ", 3, ["model", "auto", "layer"]),
        ("mineru-batch config ", 2, ["show", "validate", "migrate"]),
        ("mineru-batch bench --swe", 2, ["--sweep"]),
    ],
)
def test_commands_options_and_values_are_completed(words: str, number: int, found: list[str]) -> None:
    done = program(COMP_WORDS=words, COMP_CWORD=str(number), _MINERU_BATCH_COMPLETE="complete_bash")
    assert done.stdout.split() == found


def test_completion_is_installed(tmp_path: Path) -> None:
    done = program(
        "--install-completion", HOME=str(tmp_path), _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )
    assert done.returncode == 2  # without a shell to detect, it has to be named
    done = program(
        "--install-completion", "bash", HOME=str(tmp_path), _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )
    assert done.returncode == 0, done.stderr
    assert "_mineru_batch_completion" in (tmp_path / ".bash_completions" / "mineru-batch.sh").read_text()
