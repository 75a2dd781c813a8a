"""``mineru-batch bench``: what a server gives, where its knee is, and whether it is better than before."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from mineru_cli.cli.bench.run import run
from mineru_cli.cli.bench.startup import startup
from mineru_cli.cli.bench.tune import tune

DEFAULT = "run"


class _MeasureByDefault(TyperGroup):
    """``bench ./pdfs`` is ``bench run ./pdfs``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the command that was left out."""
        if not args or args[0] not in self.commands:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MeasureByDefault,
    help="Throughput and latency of a server: run (the default), startup, tune.",
    rich_markup_mode=None,
    add_completion=False,
)
app.command(name=DEFAULT)(run)
app.command(name="startup")(startup)
app.command(name="tune")(tune)
