"""Writes docs/cli.md from the commands themselves; ``--check`` says whether it is up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from mineru_cli.cli.app import EXIT_CODES, app

PAGE = Path(__file__).with_name("cli.md")
INTRO = """# Command reference

Written by `make docs` from the commands themselves; CI fails when it is out of date.

"""


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """All commands with their full names, groups before what they hold.

    Newer typer has a click of its own inside, so commands are known by what they have, not by their class.
    """
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}")


def section(path: str, command: Any) -> str:
    context = command.context_class(
        command,
        info_name=path,
        max_content_width=100,
        terminal_width=100,
        help_option_names=["-h", "--help"],
    )
    return f"## {path}\n\n```text\n{command.get_help(context).strip()}\n```\n"


def page() -> str:
    root = typer.main.get_command(app)
    parts = [section(path, command) for path, command in commands(root, "mineru-batch")]
    return INTRO + EXIT_CODES.strip() + "\n\n" + "\n".join(parts)


def main() -> int:
    text = page()
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE} is out of date: run make docs")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
