"""``mineru-batch runs``: inspect runs and their results, and retry failures."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.help import Command, group
from mineru_cli.cli.sandbox import SandboxOption
from mineru_cli.domain.location import output_name
from mineru_cli.errors import SettingsError

app = group("What a run did: list, show, view, failures, retry, verify, rebuild, merge.")


@app.command("list", cls=Command)
def list_runs(
    output: o.RunFolder = Path("mineru-output"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per run.")] = False,
) -> None:
    """List the runs on an output folder, the latest last: when, how long, how they ended.

    \b
    mineru-batch runs list out
    mineru-batch runs list out --json
    """
    from mineru_cli.engine.history import all_runs
    from mineru_cli.ui.tables.runs import show_runs

    runs = all_runs(output)
    if not as_json:
        show_runs(runs, sys.stdout, os.environ)
        return
    import json

    for run in runs:
        line = {"run": run.id, "started": run.started, "finished": run.finished, "outcome": run.outcome}
        end = {"exit_code": run.exit_code, "reason": run.reason} if run.outcome else {}
        typer.echo(json.dumps({**line, **end, "model": run.facts.get("server", {}).get("model")}))


@app.command(cls=Command)
def show(
    output: o.RunFolder = Path("mineru-output"),
    as_json: Annotated[bool, typer.Option("--json", help="Print it as run.json has it.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with charts instead.", metavar="FILE")
    ] = None,
) -> None:
    """Show the summary of the last run, also of one that was killed or is running.

    \b
    mineru-batch runs show out
    mineru-batch runs show out --json
    mineru-batch runs show out --html run.html
    """
    if html is not None:
        if as_json:
            raise SettingsError("--json and --html exclude each other")
        from mineru_cli.ui.report.run_page import write_run_page

        o.require_file("--html", html)
        write_run_page(output, html)
        typer.echo(f"written: {html}")
        return
    from mineru_cli.engine.history import failed_documents, last_run
    from mineru_cli.ui.tables.runs import show_run

    run = last_run(output)
    if as_json:
        typer.echo(run.model_dump_json(by_alias=True, indent=2))
    else:
        document = run.model_dump(mode="json", by_alias=True)
        name = output_name(output, run.settings.get("output_url"))
        show_run(document, sys.stdout, os.environ, output=name, failed=failed_documents(output))


@app.command(cls=Command)
def view(
    output: o.FilesFolder = Path("mineru-output"),
    port: Annotated[
        int, typer.Option("--port", help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)
    ] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the address.")] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", help="Show what differs from this baseline or earlier run.", metavar="BASE"
        ),
    ] = None,
    sandbox: SandboxOption = "auto",
) -> None:
    """Look at results: pages with their boxes next to the text, until Ctrl-C.

    \b
    mineru-batch runs view out
    mineru-batch runs view out --baseline ./baseline
    mineru-batch runs view out --port 8100 --no-open
    """
    from mineru_cli.ui.report.run_page import page_for_viewer
    from mineru_cli.ui.viewer.serve import serve

    serve(
        output,
        sys.stdout,
        port=port,
        open_browser=not no_open,
        baseline=baseline,
        report=page_for_viewer,
        sandbox=sandbox,
    )


@app.command(cls=Command)
def failures(
    output: o.RunFolder = Path("mineru-output"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per document.")] = False,
) -> None:
    """List documents that failed or lost pages, with the reason and what to do.

    \b
    mineru-batch runs failures out
    mineru-batch runs failures out --json | jq .path
    """
    from mineru_cli.engine.history import failed_documents
    from mineru_cli.store.ledger.summary import failure_line
    from mineru_cli.ui.tables.runs import show_failures

    documents = failed_documents(output)
    if as_json:
        for document in documents:
            typer.echo(failure_line(document).model_dump_json())
    else:
        show_failures(documents, sys.stdout, os.environ)


@app.command(cls=Command)
@o.taking(
    "server_url",
    "api_key",
    "api_key_file",
    "header",
    "header_file",
    "password",
    "password_file",
    "progress",
    server_url={"help": "Another server than last time. Repeat for several."},
)
def retry(given: o.GivenOptions, output: o.RunFolder = Path("mineru-output")) -> None:
    """Run the last command again on what failed; of partial documents only the lost pages.

    \b
    mineru-batch runs retry out
    mineru-batch runs retry out --password secret
    """
    from mineru_cli.cli.session import run_and_exit
    from mineru_cli.engine.history import retry_settings
    from mineru_cli.settings import Settings

    changed = given.resolve()
    changes = {path[0]: getattr(changed.settings, path[0]) for path in changed.origins}
    if "header_file" in changes:
        changes["headers"] = changed.settings.headers
    run_and_exit(Settings.model_validate(retry_settings(output, changes)))


@app.command(cls=Command)
def verify(
    output: o.FilesFolder = Path("mineru-output"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per damaged file.")] = False,
) -> None:
    """Compare all results with the sizes and hashes that were recorded. Exits with 1 when one is damaged.

    \b
    mineru-batch runs verify out
    mineru-batch runs verify out --json | jq -r .file
    """
    from mineru_cli.engine.verify import verify as verified

    verification = verified(output)
    if as_json:
        import json
        from dataclasses import asdict

        for damage in verification.damaged:
            typer.echo(json.dumps(asdict(damage)))
    else:
        from mineru_cli.ui.tables.verification import show_verification

        show_verification(verification, sys.stdout, os.environ)
    raise typer.Exit(0 if verification.intact else 1)


@app.command(cls=Command)
def rebuild(output: o.FilesFolder = Path("mineru-output")) -> None:
    """Make the ledger again from the results, where it is damaged or lost. The old one is kept.

    \b
    mineru-batch runs rebuild out
    """
    from mineru_cli.engine.rebuild import rebuild as rebuilt
    from mineru_cli.ui.tables.verification import show_rebuilt

    show_rebuilt(rebuilt(output), sys.stdout, os.environ)


@app.command(cls=Command)
@o.taking(
    "storage_endpoint",
    "storage_region",
    "storage_path_style",
    "requester_pays",
    "storage_anonymous",
    "storage_ca_file",
)
def merge(
    given: o.GivenOptions,
    outputs: Annotated[
        list[str], typer.Argument(metavar="OUT...", help="Outputs of the shards, or their URLs.")
    ],
    into: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Keep the merged ledger here, for runs show and failures.", metavar="DIR"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Sum up shards as one run, and name missing shards and conflicts. Exits with 1 unless all is well.

    \b
    mineru-batch runs merge out-1 out-2 out-3
    mineru-batch runs merge s3://documents/out/{0..7} --json
    mineru-batch runs merge out-* -o merged && mineru-batch runs show merged --html run.html
    """
    from mineru_cli.engine.merge import merge_runs
    from mineru_cli.ui.tables.runs import show_merged

    merged = merge_runs(outputs, into=into, settings=given.resolve().settings)
    if as_json:
        typer.echo(merged.model_dump_json(by_alias=True, indent=2))
    else:
        show_merged(merged.model_dump(mode="json", by_alias=True), sys.stdout, os.environ)
    raise typer.Exit(merged.exit_code)
