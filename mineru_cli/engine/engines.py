"""Where workers run: the one place that knows which engines there are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mineru_cli.engine.pool import Engine

ENGINES = {"local": "mineru_cli.engine.local.engine:LocalEngine"}


def open_engine(name: str = "local") -> Engine:
    """The engine of this name, as a context manager that ends whatever it started.

    It begins at once what takes time, so open it before anything slow. KeyError for a name that is none.
    """
    module, _, kind = ENGINES[name].partition(":")
    engine: Engine = getattr(import_module(module), kind)()
    return engine
