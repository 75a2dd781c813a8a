"""``mineru-batch plan``: capacity for a number of pages by a deadline."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mineru_cli.bench.capacity import AVAILABILITY, CPU_PER_PAGE
from mineru_cli.cli.help import Command, single_command

app = single_command()


@app.command("plan", cls=Command, no_args_is_help=True)
def plan(
    pages: Annotated[str, typer.Option("--pages", metavar="N", help="Pages in all, such as 10_000_000.")],
    deadline: Annotated[str, typer.Option("--deadline", metavar="TIME", help="72h, 1d12h, 90m or seconds.")],
    pages_per_second: Annotated[
        float | None,
        typer.Option("--pages-per-second", min=0.0001, metavar="X", help="Of one GPU, as bench measured it."),
    ] = None,
    bench: Annotated[
        Path | None,
        typer.Option("--bench", metavar="FILE", help="Take the speed from a file of bench --save."),
    ] = None,
    pages_per_document: Annotated[
        float | None,
        typer.Option(
            "--pages-per-document", min=0.01, metavar="X", help="[default: that of the bench, or 10]"
        ),
    ] = None,
    cpu_per_page: Annotated[
        float, typer.Option("--cpu-per-page", min=0.0001, metavar="SECONDS", help="Of one core of a worker.")
    ] = CPU_PER_PAGE,
    availability: Annotated[
        float,
        typer.Option(
            "--availability",
            min=0.01,
            max=1.0,
            metavar="SHARE",
            help="Share of time that GPUs work.",
        ),
    ] = AVAILABILITY,
    gpu_cost: Annotated[
        float | None, typer.Option("--gpu-cost", min=0.0, metavar="DOLLARS", help="Of one GPU per hour.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Plan GPUs, workers, memory, storage requests and cost for a number of pages, with the arithmetic.

    \b
    mineru-batch plan --pages 10_000_000 --pages-per-second 2.1 --deadline 72h
    mineru-batch plan --pages 10_000_000 --bench bench.json --deadline 3d --gpu-cost 2.50
    """
    from mineru_cli.bench.capacity import capacity, planned_work

    work = planned_work(
        pages,
        deadline,
        pages_per_second=pages_per_second,
        bench=bench,
        pages_per_document=pages_per_document,
        cpu_per_page=cpu_per_page,
        availability=availability,
        gpu_cost=gpu_cost,
    )
    from mineru_cli.ui.tables.capacity import capacity_json, show_capacity

    figures = capacity(work)
    if as_json:
        typer.echo(capacity_json(work, figures))
    else:
        show_capacity(figures, sys.stdout, os.environ)
