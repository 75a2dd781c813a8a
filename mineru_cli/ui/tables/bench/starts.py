"""Results of ``bench startup`` and ``bench tune``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from rich.table import Table
from rich.text import Text

from mineru_cli.bench.startup import Startup, spread_text
from mineru_cli.bench.tune import Tuning
from mineru_cli.ui.console import console_on
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.tables.bench.format import seconds


def show_startup(found: Startup, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Phases of the server's starts, and of the worker until its first request."""
    console = console_on(stream, environ)
    for start in found.starts:
        console.print(
            Text.assemble((f"{found.server} server, {start.label}: ", "bold"), seconds(start.seconds))
        )
        for name, duration in start.phases:
            console.print(f"  {name:<26} {seconds(duration):>8}")
    console.print(Text.assemble(("worker to first request: ", "bold"), spread_text(found.workers)))


def show_tuning(found: Tuning, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Every trial, and the chosen one."""
    console = console_on(stream, environ)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("setting", "value", "throughput", ""):
        table.add_column(title)
    for trial in found.trials:
        chosen = Text("chosen" if found.is_chosen(trial) else "", "green")
        table.add_row(trial.setting, trial.label, Text(visible(trial.text, 300)), chosen)
    console.print(table)
    for name, value in found.variables.items():
        console.print(Text.assemble(("start the server with ", "dim"), visible(f"{name}={value}", 500)))
    options = " ".join(f"--{name} {value}" for name, value in found.chosen.items())
    console.print(Text.assemble(("convert with ", "dim"), options))
