"""``bench startup`` on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from rich.text import Text

from mineru_cli.bench.startup import Startup, spread_text
from mineru_cli.ui.console import console_on
from mineru_cli.ui.tables.bench.format import seconds


def show_startup(found: Startup, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Phases of the server's starts, and the worker's way to its first request."""
    console = console_on(stream, environ)
    for start in found.starts:
        console.print(
            Text.assemble((f"{found.server} server, {start.label}: ", "bold"), seconds(start.seconds))
        )
        for name, took in start.phases:
            console.print(f"  {name:<26} {seconds(took):>8}")
    console.print(Text.assemble(("worker to first request: ", "bold"), spread_text(found.workers)))
