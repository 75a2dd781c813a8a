"""A plan as a table with its arithmetic, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TextIO

from rich.table import Table

from mineru_cli.bench.capacity import Figure, Work
from mineru_cli.ui.console import console_on


def show_capacity(figures: Sequence[Figure], stream: TextIO, environ: Mapping[str, str]) -> None:
    """One line per figure: name, value, derivation."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("arithmetic", overflow="fold", style="dim")
    for one in figures:
        table.add_row(one.name, _value(one), one.arithmetic)
    console_on(stream, environ).print(table)


def capacity_json(work: Work, figures: Sequence[Figure]) -> str:
    """The inputs and every figure."""
    return json.dumps({"given": asdict(work), "figures": [asdict(one) for one in figures]}, indent=2)


def _value(figure: Figure) -> str:
    if figure.unit == "$":
        return f"${figure.value:,.2f}"
    number = f"{figure.value:,.0f}" if float(figure.value).is_integer() else f"{figure.value:,.2f}"
    return f"{number} {figure.unit}".rstrip()
