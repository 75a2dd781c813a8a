"""Options that ``bench``, ``bench startup`` and ``bench tune`` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mineru_cli.cli import options as o

LOAD, REPORTS, COMPARE = "Load", "Reports", "Before and after"

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INPUT...]",
        help="PDFs and images, folders of them, or globs. [default: synthetic pages, made on the spot]",
        show_default=False,
    ),
]
Url = Annotated[
    list[str] | None,
    typer.Option(
        "--server-url",
        help="A server's address. Repeat for several. [default: the embedded engine is started]",
        envvar="MINERU_BATCH_SERVER_URL",
        rich_help_panel=o.SERVER,
        show_default=False,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        help="Sent as a bearer token.",
        envvar="MINERU_BATCH_API_KEY",
        rich_help_panel=o.SERVER,
        show_default=False,
    ),
]
Header = Annotated[
    list[str] | None,
    typer.Option("--header", help="A further HTTP header, 'Name: value'.", rich_help_panel=o.SERVER),
]
CaFile = Annotated[
    Path | None,
    typer.Option(
        "--ca-file", help="Certificates to trust, for a server with its own.", rich_help_panel=o.SERVER
    ),
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Do not verify the server's certificate.", rich_help_panel=o.SERVER)
]
ImageFormatOption = Annotated[
    o.ImageFormat,
    typer.Option("--image-format", help="How images travel; png alone is lossless.", rich_help_panel=LOAD),
]
ServerOption = Annotated[
    o.Server,
    typer.Option("--server", help="What to start when no --server-url is given.", rich_help_panel=o.SERVER),
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start",
        help="Start the server with this line, anew each time: 'vllm serve MODEL --port {port} {options}'.",
        rich_help_panel=o.SERVER,
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="Served model.", envvar="MINERU_BATCH_MODEL", rich_help_panel=o.SERVER),
]
RecipeOption = Annotated[
    str,
    typer.Option("--recipe", metavar="NAME", help="How a page becomes requests.", rich_help_panel=o.SERVER),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", help="Worker processes. [default: as convert]", min=1, rich_help_panel=LOAD),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(
        "--max-tokens",
        help="Most tokens of a reply: bounds a model that does not know when to stop.",
        min=1,
        rich_help_panel=o.SERVER,
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
