"""Options that ``bench``, ``bench startup`` and ``bench tune`` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.settings.declaration import Panel

SERVER, LOAD, REPORTS, COMPARE = Panel.SERVER.value, "Load", "Reports", "Before and after"

_MEASURED = (
    "server_url",
    "server",
    "api_key",
    "api_key_file",
    "header",
    "header_file",
    "ca_file",
    "insecure",
    "model",
    "recipe",
    "image_format",
    "max_tokens",
)


def taking(*more: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of ``bench run`` and ``bench tune`` that say what is measured, and ``more``."""
    return o.taking(
        *_MEASURED,
        *more,
        server_url={
            "help": "A server's address. Repeat for several.",
            "default": "the embedded engine is started",
        },
        max_tokens={"help": "Most tokens of a reply: bounds a model that does not know when to stop."},
    )


Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INPUT...]",
        help="PDFs and images, folders of them, or globs. [default: synthetic pages, made on the spot]",
        show_default=False,
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start",
        help="Start the server with this line, anew each time: 'vllm serve MODEL --port {port} {options}'.",
        rich_help_panel=SERVER,
    ),
]
Duration = Annotated[
    float | None,
    typer.Option(
        "--duration",
        help="Seconds of the steady window of one measurement. [default: 20; 25 on the embedded engine]",
        min=0.5,
        rich_help_panel=LOAD,
    ),
]
Sweep = Annotated[
    str | None,
    typer.Option(
        "--sweep",
        help="Requests in flight to try: 1,2,4,8 or 1,2,...,64 or auto. [default: auto; 1,2,4 on the "
        "embedded engine]",
        rich_help_panel=LOAD,
    ),
]
Pages = Annotated[
    int | None,
    typer.Option(
        "--pages", help="Pages of the steady window, instead of seconds.", min=1, rich_help_panel=LOAD
    ),
]
Repeats = Annotated[
    int | None,
    typer.Option(
        "--repeats",
        help="Times each level is measured. [default: 3; 1 on the embedded engine]",
        min=1,
        rich_help_panel=LOAD,
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", help="Of the synthetic pages and arrivals.", rich_help_panel=LOAD)
]
Scratch = Annotated[
    Path | None, typer.Option("--scratch", help="Where outputs go while measuring.", rich_help_panel=LOAD)
]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Everything, for machines.", rich_help_panel=REPORTS),
]
