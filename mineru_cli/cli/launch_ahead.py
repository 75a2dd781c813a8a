"""The fork server of ``convert``, started once the command is known: it loads while options are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mineru_cli.engine.local.launch import Launch

_KEY = "mineru_cli.launch"
_NO_RUN = frozenset({"-h", "--help", "--dry-run"})


def launch_ahead(context: typer.Context, arguments: Sequence[str]) -> None:
    """Start a fork server that ends with ``context``, unless ``arguments`` ask for no run."""
    if arguments and not _NO_RUN.intersection(arguments):
        from mineru_cli.engine.local.launch import launched

        context.meta[_KEY] = context.with_resource(launched())


def launched_ahead(context: typer.Context) -> Launch | None:
    """What ``launch_ahead`` started for this command line."""
    launch: Launch | None = context.meta.get(_KEY)
    return launch
