"""``mineru-batch convert``: the main job. Its options are the fields of ``Settings``."""

from __future__ import annotations

from typing import Annotated

import typer

from mineru_cli.cli import options as o
from mineru_cli.cli.engine_ahead import opened_ahead
from mineru_cli.cli.help import Command, single_command
from mineru_cli.errors import UsageError
from mineru_cli.settings.declaration import Panel

app = single_command()


@app.command("convert", cls=Command, no_args_is_help=True, epilog=o.ENVIRONMENT)
@o.taking()
def convert(
    context: typer.Context,
    given: o.GivenOptions,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...", help="PDFs and images, folders of them, or globs.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="List what would be converted, and stop.",
            rich_help_panel=Panel.REPORTING.value,
        ),
    ] = False,
) -> None:
    """Convert PDFs and images to Markdown and MinerU's JSON.

    Running the same command again resumes: what is done and unchanged is skipped. With no server given, the
    embedded CPU engine is started.

    \b
    mineru-batch convert ./pdfs
    mineru-batch convert ./pdfs -o out --server-url http://gpu1:8000 --server-url http://gpu2:8000
    mineru-batch convert 'scans/**/*.pdf' --pages 1-5 --text layer
    mineru-batch convert ./pdfs -o out --retry-failed
    """
    from mineru_cli.cli.session import run_and_exit, show_plan

    settings = given.run_settings(inputs=inputs or ())
    if not (settings.inputs or settings.files_from):
        raise UsageError("INPUT is missing", hint=f"see: {context.command_path} --help")
    if dry_run:
        show_plan(settings)
    else:
        run_and_exit(settings, engine=opened_ahead(context))
