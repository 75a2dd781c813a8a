"""``mineru-batch doctor``: diagnosis of this machine and its servers."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.help import Command, single_command

app = single_command()


@app.command("doctor", cls=Command)
@o.taking(
    "server_url",
    "model",
    "api_key",
    "api_key_file",
    "header",
    "header_file",
    "ca_file",
    "insecure",
    server_url={"help": "Servers to ask. Repeat for several."},
    model={"help": "Model that is wanted."},
    api_key={"help": "Key of the servers."},
)
def doctor(
    given: o.GivenOptions,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", min=1, max=65535, help="Port for a server here. [default: 8000]"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of findings.")] = False,
) -> None:
    """Check Docker, GPU, driver, server, model and disk: each ok, a problem with its fix, or skipped.

    Exits with 1 when there is a problem.

    \b
    mineru-batch doctor
    mineru-batch doctor --server-url http://gpu1:8000 --json
    """
    import anyio

    from mineru_cli.servers.docker.config import DockerConfig
    from mineru_cli.servers.doctor.examine import examine
    from mineru_cli.servers.doctor.facts import gather_all
    from mineru_cli.ui.plain_text import show_json

    settings = given.settings()
    key = settings.api_key.get_secret_value() if settings.api_key else None
    config = DockerConfig(model=settings.model, port=port, api_key=key)
    findings = examine(anyio.run(gather_all, config, settings))
    if as_json:
        from dataclasses import asdict

        show_json([asdict(finding) for finding in findings], sys.stdout)
    else:
        from mineru_cli.ui.tables.server import show_findings

        show_findings(findings, sys.stdout, os.environ)
    if any(finding.status == "problem" for finding in findings):
        raise typer.Exit(1)
