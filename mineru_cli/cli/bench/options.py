"""Options shared by ``bench``, ``bench startup`` and ``bench tune``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.settings.declaration import Flag, Panel

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
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Everything, for machines.", rich_help_panel=REPORTS),
]


@dataclass(frozen=True)
class LoadOptions:
    """Load options of ``bench`` and ``bench tune``."""

    sweep: Annotated[
        str | None,
        Flag(
            "Requests in flight to try: 1,2,4,8 or 1,2,...,64 or auto.",
            LOAD,
            default="auto; 1,2,4 on the embedded engine",
        ),
    ] = None
    duration: Annotated[
        float | None,
        Flag(
            "Seconds of the steady window of one measurement.",
            LOAD,
            low=0.5,
            default="20; 25 on the embedded engine",
        ),
    ] = None
    pages: Annotated[int | None, Flag("Pages of the steady window, instead of seconds.", LOAD, low=1)] = None
    repeats: Annotated[
        int | None,
        Flag("Times each level is measured.", LOAD, low=1, default="3; 1 on the embedded engine"),
    ] = None
    seed: Annotated[int, Flag("Of the synthetic pages and arrivals.", LOAD)] = 1


@dataclass(frozen=True)
class BenchOptions(LoadOptions):
    """Further load options of ``bench``."""

    rate: Annotated[
        float | None,
        Flag(
            "Open loop: documents per second that arrive by chance, whatever the server does.",
            LOAD,
            low=0.001,
        ),
    ] = None
    warm_up: Annotated[
        float | None,
        Flag(
            "Seconds of load before the first level; nothing of it counts.",
            LOAD,
            low=0,
            default="3; 0 on the embedded engine",
        ),
    ] = None
    scratch: Annotated[Path | None, Flag("Where outputs go while measuring.", LOAD)] = None
    reset_caches: Annotated[
        bool, Flag("Empty the server's caches between levels.", LOAD, name="reset-caches/--keep-caches")
    ] = True
    slo: Annotated[float | None, Flag("Seconds that a good page takes at most.", LOAD, low=0.001)] = None
    gpu_cost: Annotated[float | None, Flag("Dollars per hour, for $ per 1,000 pages.", REPORTS, low=0)] = None


@dataclass(frozen=True)
class Comparing:
    """Options of comparisons."""

    against: Annotated[Path | None, Flag("Compare with a saved bench.", COMPARE, metavar="FILE")] = None
    max_regression: Annotated[
        float,
        Flag("Exit with 1 when throughput is shown to be worse by more than this share.", COMPARE, 0, 1),
    ] = 0.05
    monolith: Annotated[Path | None, Flag("JSON with the old system's figures.", COMPARE, metavar="FILE")] = (
        None
    )
    command: Annotated[
        str | None, Flag("Measure another converter too: 'mineru -p {input} -o {output}'.", COMPARE)
    ] = None
