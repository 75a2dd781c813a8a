"""Commands shown in the documentation exist, with the options shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from mineru_cli.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shown_commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        if page.name == "cli.md" or not page.is_file():
            continue
        for block in FENCE.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                match = re.search(r"(?:^|[ /&])mineru-batch ([a-z].*|--\w.*)$", line.split(" #")[0].strip())
                if match:
                    found.append((page.name, match[1].split("&&")[0].split("|")[0].strip()))
    return found


@pytest.mark.parametrize(("page", "command"), shown_commands())
def test_a_shown_command_parses(page: str, command: str) -> None:
    words = shlex.split(command.replace("...", ""))
    # Newer typer has a click of its own inside: groups are known by their commands, not by their class.
    node: Any = typer.main.get_command(app)
    while (
        hasattr(node, "commands") and words and not (words[0].startswith("-") and "run" not in node.commands)
    ):
        if words[0] not in node.commands and "run" in node.commands:
            words.insert(0, "run")  # a group that runs by default
        assert words[0] in node.commands, f"{page}: no such command: {command}"
        node = node.commands[words.pop(0)]
    known = {name for parameter in node.params for name in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help",
        "-h",
    }
    used = {word.split("=")[0] for word in words if re.fullmatch(r"-{1,2}[a-zA-Z][\w=-]*", word)}
    assert used <= known, f"{page}: {command} has unknown options {used - known}"


def test_there_are_commands_to_check() -> None:
    assert len(shown_commands()) > 5


def test_help_keeps_its_examples_line_by_line() -> None:
    shown = (ROOT / "docs" / "cli.md").read_text(
        encoding="utf-8"
    )  # `make check` compares it with the commands
    assert "\\b" not in shown
