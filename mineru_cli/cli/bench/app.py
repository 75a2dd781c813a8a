"""``mineru-batch bench``: throughput of a server, its knee, and comparison with an earlier bench."""

from __future__ import annotations

from typing import Any

import typer

from mineru_cli.cli.bench.run import run
from mineru_cli.cli.bench.startup import startup
from mineru_cli.cli.bench.tune import tune
from mineru_cli.cli.help import Command, CommandGroup, write_parameters

DEFAULT = "run"


class _MeasureByDefault(CommandGroup):
    """``bench ./pdfs`` is ``bench run ./pdfs``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert the default command."""
        if not args or args[0] not in (*self.commands, "-h", "--help"):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, then the options of the default one."""
        self.format_commands(ctx, formatter)
        write_parameters(self.commands[DEFAULT], ctx, formatter)


app = typer.Typer(
    cls=_MeasureByDefault,
    help="""Throughput and latency of a server.

    "bench INPUT..." is "bench run INPUT...". Its options are shown here.
    """,
    rich_markup_mode=None,
    add_completion=False,
)
app.command(name=DEFAULT, cls=Command)(run)
app.command(name="startup", cls=Command)(startup)
app.command(name="tune", cls=Command)(tune)
