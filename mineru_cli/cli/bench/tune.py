"""``mineru-batch bench tune``: the best settings, as a configuration."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.bench import load
from mineru_cli.cli.bench import options as b
from mineru_cli.cli.bench.reports import require_writable
from mineru_cli.cli.flags import expanded
from mineru_cli.telemetry.machine_limits import usable_cores

if TYPE_CHECKING:
    from mineru_cli.bench.tune import Tuning


@b.taking()
@expanded
def tune(
    given: o.GivenOptions,
    inputs: b.Inputs = None,
    start: b.Start = None,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="Where the configuration goes; FILE.env writes variables."),
    ] = Path("mineru-batch.tuned.yaml"),
    *,
    options: b.LoadOptions,
) -> None:
    """Try concurrency and workers, and server settings when it starts the server; write the best as a file.

    \b
    mineru-batch bench tune --server-url http://gpu1:8000
    mineru-batch bench tune --server docker -o tuned.env
    mineru-batch bench tune --start 'vllm serve MODEL --port {port} {options}'
    """
    from mineru_cli.bench.tune import tune as tune_settings
    from mineru_cli.cli.interrupt import until_interrupted
    from mineru_cli.store.local.files import write_file
    from mineru_cli.ui.tables.bench.progress import ProgressLines
    from mineru_cli.ui.tables.bench.show import show_tuning

    settings = given.run_settings(server_wait=load.SERVER_WAIT)
    own = load.own_server(settings, start)
    embedded = start is None and load.is_embedded(settings)
    if embedded:
        settings = settings.model_copy(update={"workers": 1})
    plan = load.plan_of(embedded, options)
    plan = replace(plan, levels=load.levels_of(plan, options.sweep))
    require_writable("output", output)
    corpus = load.corpus_of(inputs, options.seed)

    with ProgressLines(sys.stderr, os.environ) as announce:

        async def work() -> Tuning:
            return await tune_settings(settings, corpus, plan, announce, cores=usable_cores(), own=own)

        found = until_interrupted(work)
    if not settings.server_url and start is None:
        found = replace(found, launch="embedded" if embedded else settings.server)
    show_tuning(found, sys.stdout, os.environ)
    text = found.env() if output.suffix == ".env" else found.yaml()
    write_file(output, text.encode())
    typer.echo(f"written to {output}")
