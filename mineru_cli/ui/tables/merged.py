"""Table of ``runs merge``: the shards of a set, what is missing, and the sum of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from rich.table import Table
from rich.text import Text

from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import count
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.tables.runs import show_run

CONFLICTS_SHOWN = 10


def show_merged(merged: Mapping[str, Any], stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write what ``MergedRuns`` has as JSON: a line per shard, what is wrong, and the summary."""
    console = console_on(stream, environ)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("shard", "output", "outcome", "done", "partial", "failed"):
        table.add_column(title, justify="right" if title in ("done", "partial", "failed") else "left")
    for shard in merged["shards"]:
        numbers = (count(shard["documents"][name]) for name in ("done", "partial", "failed"))
        table.add_row(shard["shard"] or "-", visible(shard["output"]), visible(shard["outcome"]), *numbers)
    console.print(table)
    for line in _troubles(merged):
        console.print(Text(line, "red"), soft_wrap=True)
    show_run(merged["summary"], stream, environ)


def _troubles(merged: Mapping[str, Any]) -> list[str]:
    lines = [f"missing: {', '.join(merged['missing'])}"] if merged["missing"] else []
    lines += [visible(problem, 4096) for problem in merged["problems"]]
    if merged["conflicting"]:
        lines.append(f"{count(merged['conflicting'])} documents are in more than one output:")
    for conflict in merged["conflicts"][:CONFLICTS_SHOWN]:
        outputs = ", ".join(visible(output) for output in conflict["outputs"])
        lines.append(f"  {visible(conflict['key'], 4096)}: {outputs}")
    return lines
