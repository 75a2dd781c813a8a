"""The quality report on the terminal: the verdict with its reasons, the worst documents, then the scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mineru_cli.ui.console import console_on
from mineru_cli.ui.plain_text import visible

if TYPE_CHECKING:
    from mineru_cli.quality.reports.summary import DocumentLine, Summary
    from mineru_cli.quality.results import RuleResult

_STYLES = {"pass": ("holds", "green"), "fail": ("FAILS", "bold red")}
_INDENT = 10


def show_quality(summary: Summary, stream: TextIO, environ: Mapping[str, str], *, most: int = 10) -> None:
    """Write the report with at most ``most`` changed documents."""
    console = console_on(stream, environ)
    console.print()
    _print(console, _headline(summary))
    console.print()
    if summary.failing:
        console.print(_rules(summary.failing))
        console.print()
    for line in summary.worst[:most]:
        _document(console, line)
    hidden = len(summary.worst) - most
    more = f", {hidden} more changed ones not shown (--show N)" if hidden > 0 else ""
    console.print(Text(f"  {summary.equal} of {summary.documents} documents are equal{more}", style="dim"))
    console.print()
    console.print(_figures(summary))
    for note in summary.notes:
        _print(console, Text.assemble(("note  ", "yellow"), visible(note, 1000)), 2)
    console.print()
    console.print(_rules(summary.others))


def show_headline(summary: Summary, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write only the verdict."""
    _print(console_on(stream, environ, needed=False), _headline(summary))


def _headline(summary: Summary) -> Text:
    verdict, style = ("Pass", "bold green") if summary.passed else ("Fail", "bold red")
    return Text.assemble((verdict, style), ": ", visible(summary.headline, 2000))


def _figures(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=14, no_wrap=True)
    table.add_column()
    for name, value in summary.figures:
        table.add_row(f"  {name}", visible(value, 1000))
    return table


def _rules(rules: Sequence[RuleResult]) -> Table:
    """One line per rule. Hard checks without findings share a line, as do rules off for the same reason."""
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=7, no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    quiet = [rule for rule in rules if rule.status == "pass" and rule.value is None]
    off: dict[str, list[str]] = {}
    for rule in rules:
        if rule.status == "off":
            off.setdefault(rule.detail, []).append(rule.title)
        elif rule not in quiet:
            word, style = _STYLES[rule.status]
            table.add_row(Text(f"  {word}", style=style), rule.title, visible(rule.detail, 500))
    if quiet:
        found_nothing = "none: " + ", ".join(rule.title for rule in quiet)
        table.add_row(Text("  holds", style="green"), f"{len(quiet)} hard checks", found_nothing)
    for why, titles in off.items():
        one = len(titles) == 1
        name, detail = (titles[0], why) if one else (f"{len(titles)} rules", f"{why}: {', '.join(titles)}")
        table.add_row(Text("  off", style="dim"), name, visible(detail, 500))
    return table


def _document(console: Console, line: DocumentLine) -> None:
    style = "bold red" if line.rules else "bold"
    head = Text.assemble(f"{line.match:.4f}  ", (visible(line.path), style))
    if line.rules:
        head.append(f"  {', '.join(line.rules)}", style="red")
    if line.allowed:
        head.append(f"  {visible(line.allowed)}", style="yellow")
    _print(console, head, 2)
    for change in line.changes:
        _print(console, Text(visible(change), style="dim"), _INDENT)


def _print(console: Console, text: Text, indent: int = 0) -> None:
    """Print one indented paragraph; in a file or a CI log it is not wrapped."""
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, indent)))
    else:
        console.print(Text(" " * indent) + text, soft_wrap=True)
