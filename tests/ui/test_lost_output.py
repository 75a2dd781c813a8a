"""A full disk behind a redirect: an error where the text is what the command is for, else a warning."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from mineru_cli.errors import OutputNotWritable
from mineru_cli.ui.console import console_on
from mineru_cli.ui.plain_text import Pipe

ROOT = Path(__file__).parents[2]


def print_line(stream: TextIO, needed: bool) -> None:
    Pipe(stream, needed=needed).line("text")


def print_table(stream: TextIO, needed: bool) -> None:
    console_on(stream, {}, needed=needed).print("text")


@pytest.fixture(params=[print_line, print_table])
def on_a_full_disk(request: pytest.FixtureRequest) -> Callable[[bool], None]:
    """Writes to ``/dev/full`` as standard output, the descriptor 1 itself: pytest has its own copy of it."""

    def write(needed: bool) -> None:
        kept = os.dup(1)
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, 1)
        os.close(full)
        try:
            with os.fdopen(1, "w", closefd=False) as stream:
                request.param(stream, needed)
        finally:
            os.dup2(kept, 1)
            os.close(kept)

    return write


def test_what_is_needed_is_an_error(on_a_full_disk: Callable[[bool], None]) -> None:
    with pytest.raises(OutputNotWritable, match="standard output cannot be written: No space left on device"):
        on_a_full_disk(True)


def test_the_rest_is_a_warning(
    on_a_full_disk: Callable[[bool], None], capfd: pytest.CaptureFixture[str]
) -> None:
    on_a_full_disk(False)
    assert capfd.readouterr().err == "warning: nothing more is written to stdout: No space left on device\n"


def test_a_command_exits_with_1() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "mineru_cli", "recipes", "list"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=100)
    assert done.returncode == 1
    assert done.stderr == "error: standard output cannot be written: No space left on device\n"
