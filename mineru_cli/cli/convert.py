"""``mineru-batch convert``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mineru_cli.cli import options as o


def _option(name: str, text: str, panel: str, *more: str, **how: Any) -> Any:
    """An option with its environment variable: ``--server-wait`` is ``MINERU_BATCH_SERVER_WAIT``."""
    variable = "MINERU_BATCH_" + name.lstrip("-").split("/")[0].upper().replace("-", "_")
    return typer.Option(name, *more, help=text, rich_help_panel=panel, envvar=variable, **how)


def convert(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="PDFs and images, folders of them, or globs.", show_default=False
        ),
    ],
    output: o.Out = Path("mineru-output"),
    server_url: Annotated[
        list[str] | None,
        _option(
            "--server-url",
            "A server's address. Repeat for several; the variable takes a comma list.",
            o.SERVER,
        ),
    ] = None,
    server: Annotated[
        o.Server, _option("--server", "What to start when no URL is given.", o.SERVER)
    ] = o.Server.AUTO,
    keep: Annotated[
        bool, _option("--keep", "Leave a container running that --server docker started.", o.SERVER)
    ] = False,
    api_key: Annotated[
        str | None, _option("--api-key", "Sent as a bearer token.", o.SERVER, show_default=False)
    ] = None,
    header: Annotated[
        list[str] | None, _option("--header", "A further HTTP header, 'Name: value'.", o.SERVER)
    ] = None,
    ca_file: Annotated[
        Path | None, _option("--ca-file", "Certificates to trust, for a server with its own.", o.SERVER)
    ] = None,
    insecure: Annotated[
        bool, _option("--insecure", "Do not verify the server's certificate.", o.SERVER)
    ] = False,
    model: Annotated[
        str | None, _option("--model", "Served model; needed only where a server has several.", o.SERVER)
    ] = None,
    request_timeout: Annotated[
        float | None, _option("--request-timeout", "Seconds for one answer. [default: 600]", o.SERVER)
    ] = None,
    server_wait: Annotated[
        float | None,
        _option(
            "--server-wait", "Seconds to wait for a dead server before giving up. [default: 600]", o.SERVER
        ),
    ] = None,
    dcgm_url: Annotated[
        str | None,
        _option(
            "--dcgm-url",
            "Page of a DCGM exporter beside the server's GPUs. [default: this machine's own GPUs]",
            o.SERVER,
            metavar="URL",
        ),
    ] = None,
    recipe: Annotated[
        str,
        _option(
            "--recipe",
            "How a page becomes requests: a name of 'recipes list'; auto goes by the served model.",
            o.READING,
            metavar="NAME",
        ),
    ] = "auto",
    recipe_file: Annotated[
        Path | None,
        _option(
            "--recipe-file",
            "A model profile of your own, in YAML. See docs/recipes.md.",
            o.READING,
            metavar="FILE",
        ),
    ] = None,
    text: Annotated[
        o.Text | None,
        _option(
            "--text",
            "Ask the model for all text, or take it from the PDF's own text layer where that can be trusted. "
            "[default: model; auto on the embedded engine]",
            o.READING,
        ),
    ] = None,
    page_fallback: Annotated[
        o.Fallback,
        _option("--page-fallback", "What stands for a page that no model could read.", o.READING),
    ] = o.Fallback.NONE,
    password: Annotated[
        list[str] | None,
        _option("--password", "Tried on encrypted PDFs. Repeat for several.", o.READING, show_default=False),
    ] = None,
    image_format: Annotated[
        o.ImageFormat,
        _option("--image-format", "How images travel; png alone is lossless.", o.READING),
    ] = o.ImageFormat.PNG,
    workers: Annotated[
        int | None,
        _option("--workers", "Worker processes. [default: one a core, at most 8]", o.WORK, min=1),
    ] = None,
    concurrency: Annotated[
        str, _option("--concurrency", "Requests in flight over all workers: a number, or auto.", o.WORK)
    ] = "auto",
    window_pages: Annotated[
        int | None,
        _option(
            "--window-pages", "Pages of a large document handed out at once. [default: 16]", o.WORK, min=1
        ),
    ] = None,
    grace: Annotated[
        float | None,
        _option("--grace", "Seconds for pages in flight after the first Ctrl-C. [default: 20]", o.WORK),
    ] = None,
    document_deadline: Annotated[
        float | None,
        _option(
            "--document-deadline",
            "Seconds for one document, waits included: its pages not done by then fail.",
            o.WORK,
        ),
    ] = None,
    pages: Annotated[
        str | None, _option("--pages", "Only these pages of every document: 1-5,8,20-", o.CHOICE)
    ] = None,
    include: Annotated[
        list[str] | None, _option("--include", "Only paths that match this glob.", o.CHOICE, metavar="GLOB")
    ] = None,
    exclude: Annotated[
        list[str] | None, _option("--exclude", "No paths that match this glob.", o.CHOICE, metavar="GLOB")
    ] = None,
    limit: Annotated[int | None, _option("--limit", "At most this many documents.", o.CHOICE, min=1)] = None,
    shard: Annotated[
        str | None,
        _option(
            "--shard",
            "Only the I-th of N parts of the documents, for several machines.",
            o.CHOICE,
            metavar="I/N",
        ),
    ] = None,
    overwrite: Annotated[
        bool, _option("--overwrite", "Convert again what is done, whatever its settings were.", o.CHOICE)
    ] = False,
    retry_failed: Annotated[
        bool,
        _option(
            "--retry-failed", "Try again what failed; of partial documents only the lost pages.", o.CHOICE
        ),
    ] = False,
    max_error_rate: Annotated[
        float | None,
        _option(
            "--max-error-rate",
            "Exit with 1 when a larger share of documents failed or lost pages. [default: 0.001]",
            o.LIMITS,
        ),
    ] = None,
    page_timeout: Annotated[
        float | None, _option("--page-timeout", "Seconds for reading one page. [default: 120]", o.LIMITS)
    ] = None,
    worker_memory: Annotated[
        str | None, _option("--worker-memory", "Memory of one worker, as 2G. [default: 2G]", o.LIMITS)
    ] = None,
    max_pixels: Annotated[
        int | None,
        _option("--max-pixels", "Pixels of one picture, alone or on a page. [default: 120000000]", o.LIMITS),
    ] = None,
    max_pages: Annotated[
        int | None, _option("--max-pages", "Pages of one document. [default: 20000]", o.LIMITS)
    ] = None,
    max_bytes: Annotated[
        str | None, _option("--max-bytes", "Size of one file, as 4G. [default: 4G]", o.LIMITS)
    ] = None,
    max_tokens: Annotated[
        int | None,
        _option("--max-tokens", "Tokens of one reply. [default: what the server allows]", o.LIMITS, min=1),
    ] = None,
    baseline: Annotated[
        Path | None,
        _option("--baseline", "Score the run against this baseline or earlier run.", o.SHOW, metavar="BASE"),
    ] = None,
    layout_pdf: Annotated[
        bool, _option("--layout-pdf", "Also write a PDF with the blocks' boxes drawn on the pages.", o.SHOW)
    ] = False,
    progress: o.ProgressOption = o.Progress.AUTO,
    report: Annotated[
        Path | None,
        _option("--report", "Also write a page with charts of the run.", o.SHOW, metavar="FILE.html"),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="List what would be converted, and stop.", rich_help_panel=o.SHOW),
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
    from mineru_cli.engine.local.launch import launched

    ahead = None if dry_run else context.with_resource(launched())  # first of all: it loads meanwhile
    from mineru_cli.cli.session import run_and_exit, show_plan

    limits = {
        "page_timeout": page_timeout,
        "worker_memory": o.byte_size(worker_memory) if worker_memory else None,
        "max_pixels": max_pixels,
        "max_pages": max_pages,
        "max_bytes": o.byte_size(max_bytes) if max_bytes else None,
        "max_tokens": max_tokens,
    }
    settings = o.make_settings(
        {
            "inputs": tuple(inputs),
            "output": output,
            "server_url": o.urls(server_url),
            "server": server.value,
            "keep": keep,
            "api_key": api_key,
            "headers": dict(o.header(one) for one in header or ()),
            "tls_verify": False if insecure else (ca_file or True),
            "model": model,
            "request_timeout": request_timeout,
            "server_wait": server_wait,
            "dcgm_url": dcgm_url,
            "recipe": recipe,
            "recipe_file": recipe_file,
            "text": text.value if text else None,
            "page_fallback": page_fallback.value,
            "password": tuple(password or ()),
            "rendering": {"image_format": image_format.value},
            "workers": workers,
            "concurrency": o.concurrency(concurrency),
            "window_pages": window_pages,
            "grace": grace,
            "document_deadline": document_deadline,
            "pages": pages,
            "include": tuple(include or ()),
            "exclude": tuple(exclude or ()),
            "limit": limit,
            "shard": shard,
            "overwrite": overwrite,
            "retry_failed": retry_failed,
            "max_error_rate": max_error_rate,
            "layout_pdf": layout_pdf,
            "limits": {name: value for name, value in limits.items() if value is not None},
        }
    )
    if dry_run:
        show_plan(settings)
    else:
        run_and_exit(settings, progress.value, page=report, baseline=baseline, ahead=ahead)
