"""The quality report on the terminal: verdict first, then the rules, then the worst documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mineru_cli.ui.console import console_on
from mineru_cli.ui.untrusted import visible

if TYPE_CHECKING:
    from mineru_cli.quality.reports.summary import DocumentLine, Summary

_STYLES = {"pass": ("holds", "green"), "fail": ("FAILS", "bold red"), "off": ("off", "dim")}


def show_quality(summary: Summary, stream: TextIO, environ: Mapping[str, str], *, most: int = 10) -> None:
    """Write the report; of the changed documents at most ``most``."""
    console = console_on(stream, environ)
    verdict, style = ("Pass", "bold green") if summary.passed else ("Fail", "bold red")
    console.print(
        Text.assemble("\n", (verdict, style), ": ", visible(summary.headline, 2000)), soft_wrap=True
    )
    console.print()
    console.print(_pairs(summary))
    console.print()
    console.print(_rules(summary))
    for note in summary.notes:
        console.print(Text.assemble(("  note  ", "yellow"), visible(note, 1000)))
    console.print()
    for line in summary.worst[:most]:
        _document(console, line)
    hidden = len(summary.worst) - most
    more = f", {hidden} more changed ones not shown (--show N)" if hidden > 0 else ""
    console.print(Text(f"  {summary.equal} of {summary.documents} documents are equal{more}", style="dim"))


def _pairs(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=14, no_wrap=True)
    table.add_column()
    for name, value in summary.figures:
        table.add_row(f"  {name}", visible(value, 1000))
    return table


def _rules(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=5, no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    quiet = 0
    for rule in summary.rules:
        if rule.status == "pass" and rule.value is None:
            quiet += 1
            continue
        word, style = _STYLES[rule.status]
        table.add_row(Text(f"  {word}", style=style), rule.title, visible(rule.detail, 500))
    if quiet:
        table.add_row(Text("  holds", style="green"), f"{quiet} hard checks", "nothing missing, empty or cut")
    return table


def _document(console: Console, line: DocumentLine) -> None:
    style = "bold red" if line.rules else "bold"
    head = Text.assemble(f"  {line.match:.4f}  ", (visible(line.path), style))
    if line.rules:
        head.append(f"  {', '.join(line.rules)}", style="red")
    if line.allowed:
        head.append(f"  {visible(line.allowed)}", style="yellow")
    console.print(head, soft_wrap=True)
    for change in line.changes:
        console.print(Text(f"          {visible(change)}", style="dim"), soft_wrap=True)
