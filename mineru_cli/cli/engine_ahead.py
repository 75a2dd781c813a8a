"""The engine of ``convert``, opened once the command is known: it loads while options are read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mineru_cli.engine.pool import Engine

PREFIX = "MINERU_BATCH_"
_KEY = "mineru_cli.engine"
_NO_RUN = frozenset({"-h", "--help", "--dry-run"})


def open_ahead(context: typer.Context, arguments: Sequence[str]) -> None:
    """Open an engine that is closed with ``context``, unless ``arguments`` start no run."""
    if arguments and not _NO_RUN.intersection(arguments) and not _elsewhere(arguments):
        from mineru_cli.engine.engines import open_engine

        context.meta[_KEY] = context.with_resource(open_engine())


def _elsewhere(arguments: Sequence[str]) -> bool:
    """Whether workers will run elsewhere; set only in a file, it is missed and an engine opens needlessly."""
    return "--engine=ray" in arguments or "ray" in arguments or os.environ.get(f"{PREFIX}ENGINE") == "ray"


def opened_ahead(context: typer.Context) -> Engine | None:
    """The engine opened by ``open_ahead`` for this command line."""
    engine: Engine | None = context.meta.get(_KEY)
    return engine
