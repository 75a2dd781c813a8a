"""docs/migrating-from-mineru.md has every option of MinerU, and names options of ours that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from mineru_cli.cli.app import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "migrating-from-mineru.md"
CODE = re.compile(r"`([^`]+)`")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")

MINERU = {
    "`mineru` 3.4.4": (
        (
            "-v --version -p --path -o --output --api-url -m --method -b --backend --effort -l --lang -u --url "
            "-s --start -e --end -f --formula -t --table --image-analysis --client-side-output-generation --help"
        ),
        ("/opt/mineru-3.4.4/bin/mineru", "--help"),
    ),
    "`mineru-kit parse` 4.0.12": (
        (
            "-o --output -p --pages -f --format -v --verbose --tier --remote --remote-url --api-key --ocr-mode "
            "--disable-image-analysis --help"
        ),
        ("/opt/mineru-4/bin/mineru-kit", "parse", "--help"),
    ),
}
"""Options by section, as ``--help`` of the releases shows them, and the command that shows them."""


def section(title: str) -> str:
    return PAGE.read_text("utf-8").split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[tuple[str, str]]:
    """The first two cells of each row of the tables."""
    lines = [line.split("|") for line in text.splitlines() if line.startswith("|")]
    return [(cells[1].strip(), cells[2].strip()) for cells in lines]


def our_options() -> set[str]:
    found = {"--version", "--help"}
    waiting: list[Any] = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        for parameter in command.params:
            found |= {*parameter.opts, *parameter.secondary_opts}
    return found


@pytest.mark.parametrize("title", MINERU)
def test_every_option_of_mineru_has_its_row(title: str) -> None:
    listed = {name for first, _ in rows(section(title)) for name in CODE.findall(first) if name[0] == "-"}
    assert listed == set(MINERU[title][0].split())


@pytest.mark.parametrize("title", MINERU)
def test_the_options_are_those_of_the_release(title: str) -> None:
    """Where the release is installed, its own help is the truth."""
    options, command = MINERU[title]
    if not Path(command[0]).exists():
        pytest.skip(f"{command[0]} is not installed")
    shown = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
        env={"COLUMNS": "200", "PATH": "/usr/bin"},
    ).stdout
    lines = [line.strip(" │*") for line in shown.splitlines()]
    heads = [re.split(r"[\[<]", line)[0][:45] for line in lines if line.startswith("-")]
    assert {name for head in heads for name in OPTION.findall(head)} == set(options.split())


def test_every_counterpart_exists() -> None:
    named = {name for _, ours in rows(PAGE.read_text("utf-8")) for name in OPTION.findall(ours)}
    assert len(named) > 10
    assert named <= our_options()


def test_every_row_says_what_there_is_instead() -> None:
    for first, ours in rows(PAGE.read_text("utf-8")):
        assert ours, first
