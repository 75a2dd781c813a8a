"""A table's HTML is taken apart at most once on its way to the files: docs/design.md leans on that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mineru_cli.output import grid
from mineru_cli.output.formats.registry import FORMATS
from mineru_cli.output.names import OutputOptions
from mineru_cli.recipes import tables

from .published import publish
from .sheets import document, many

READ = [("mineru3", "parity", 0), ("mineru3", "clean", 1), ("mineru4", "parity", 0), ("jsonl", "parity", 0)]
"""Format, kind of Markdown, and how often the HTML of a table is taken apart for it."""


def test_all_formats_are_looked_at() -> None:
    assert {name for name, *_ in READ} == set(FORMATS)


@pytest.mark.parametrize(("name", "markdown", "times"), READ)
def test_each_table_is_read_at_most_once(
    name: str, markdown: Any, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    parse = grid.read

    def counted(html: str) -> grid.TableGrid | None:
        read.append(html)
        return parse(html)

    monkeypatch.setattr(grid, "read", counted)
    monkeypatch.setattr(tables, "plain_table", pytest.fail)  # the recipe's work is not done again
    options = OutputOptions(format=name, markdown=markdown, version="1", model="m", recipe="mineru")
    publish(document("paper"), many(3), tmp_path, tmp_path / "out", options)
    assert len(read) == 3 * times
    assert len(set(read)) == len(read)
