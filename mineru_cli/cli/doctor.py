"""``mineru-batch doctor``: what stands in the way, and the way out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def doctor(
    server_url: Annotated[
        list[str] | None,
        typer.Option("--server-url", help="Servers to ask.", envvar="MINERU_BATCH_SERVER_URL"),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="Model that is wanted.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port for a server here. [default: 8000]")
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option(
            "--api-key", help="Key of the servers.", envvar="MINERU_BATCH_API_KEY", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of findings.")] = False,
) -> None:
    """Look at Docker, GPU, driver, server, model and disk: each ok, a problem with its fix, or skipped.

    Exits with 1 when there is a problem.

    \b
    mineru-batch doctor
    mineru-batch doctor --server-url http://gpu1:8000 --json
    """
    import anyio

    from mineru_cli.cli.options import urls
    from mineru_cli.servers.docker.config import PROJECT, DockerConfig
    from mineru_cli.servers.doctor.examine import examine
    from mineru_cli.servers.doctor.facts import gather_all

    project = os.environ.get("COMPOSE_PROJECT_NAME") or PROJECT
    config = DockerConfig(model=model, port=port, api_key=api_key, project=project, folder=Path.cwd())
    given = [url.rstrip("/").removesuffix("/v1") for url in urls(server_url) or ()]
    findings = examine(anyio.run(gather_all, config, given, model, api_key))
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        from mineru_cli.ui.tables.doctor import show_findings

        show_findings(findings, sys.stdout, os.environ)
    if any(finding.status == "problem" for finding in findings):
        raise typer.Exit(1)
