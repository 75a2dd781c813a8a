"""``mineru-batch server``: servers of our own."""

from __future__ import annotations

from typing import Annotated

import typer

from mineru_cli.errors import EngineUnavailable

app = typer.Typer(
    help="Servers of our own: embedded.", no_args_is_help=True, rich_markup_mode=None, add_completion=False
)


@app.callback()
def _server() -> None:
    """Keep ``embedded`` a command of its own even while it is the only one."""


@app.command()
def embedded(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
    threads: Annotated[int, typer.Option(help="Cores to use; 0 takes all.")] = 0,
    api_key: Annotated[
        str | None,
        typer.Option(
            "--api-key", help="Ask clients for this key.", envvar="MINERU_BATCH_API_KEY", show_default=False
        ),
    ] = None,
) -> None:
    """Serve the embedded CPU engine as an OpenAI-compatible server, until Ctrl-C.

    \b
    mineru-batch server embedded --port 8000
    mineru-batch convert ./pdfs --server-url http://127.0.0.1:8000
    """
    from mineru_cli.servers.embedded.config import EmbeddedConfig
    from mineru_cli.servers.embedded.process import INSTALL_HINT, missing_packages
    from mineru_cli.servers.embedded.server import serve

    if missing := missing_packages():
        raise EngineUnavailable(f"the embedded engine needs {', '.join(missing)}", hint=INSTALL_HINT)
    serve(EmbeddedConfig(host=host, port=port, threads=threads, api_key=api_key))
