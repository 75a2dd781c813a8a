"""``mineru-batch bench startup``: start-up time of a server and of a worker."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.bench import load
from mineru_cli.cli.bench import options as b
from mineru_cli.cli.bench.reports import require_writable

if TYPE_CHECKING:
    from mineru_cli.bench.startup import Startup


@o.taking("model", model={"help": "Served model."})
def startup(
    given: o.GivenOptions,
    server: Annotated[
        Literal["embedded", "docker", "none"],
        typer.Option("--server", help="What to start.", rich_help_panel=b.SERVER),
    ] = "embedded",
    start: b.Start = None,
    tries: Annotated[int, typer.Option("--tries", help="Starts of a worker.", min=1)] = 5,
    json_file: b.JsonFile = None,
) -> None:
    """Time a server from nothing to its first answer, twice, and a worker to its first request.

    \b
    mineru-batch bench startup
    mineru-batch bench startup --server docker --json startup.json
    mineru-batch bench startup --start 'vllm serve MODEL --port {port}'
    """
    import json

    from mineru_cli.bench.startup import measure_startup
    from mineru_cli.cli.interrupt import until_interrupted
    from mineru_cli.store.local.files import write_file
    from mineru_cli.ui.tables.bench.progress import ProgressLines
    from mineru_cli.ui.tables.bench.show import show_startup

    require_writable("json", json_file)
    chosen = "docker" if server == "docker" else "auto"
    settings = given.settings(server=chosen, server_wait=load.SERVER_WAIT)
    own = load.own_server(settings, start) if start or server != "none" else None

    with ProgressLines(sys.stderr, os.environ) as announce:

        async def work() -> Startup:
            return await measure_startup(settings, load.corpus_of(None, 1), announce, own=own, tries=tries)

        found = until_interrupted(work)
    show_startup(found, sys.stdout, os.environ)
    if json_file is not None:
        write_file(json_file, (json.dumps(found.plain(), indent=2) + "\n").encode())
