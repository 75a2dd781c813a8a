"""The registry of engines, which run workers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mineru_cli.engine.pool import Engine
    from mineru_cli.settings import Settings

ENGINES = {
    "local": "mineru_cli.engine.local.engine:LocalEngine",
    "ray": "mineru_cli.engine.ray.engine:RayEngine",
}


def open_engine(name: str = "local", **options: Any) -> Engine:
    """The engine of this name, as a context manager that ends whatever it started.

    Slow parts start immediately, so open it before anything slow. ``options`` are its own. Raises
    what the engine raises where it cannot work here; KeyError for a name that is not one.
    """
    module, _, kind = ENGINES[name].partition(":")
    engine: Engine = getattr(import_module(module), kind)(**options)
    return engine


def engine_of(settings: Settings) -> Engine:
    """The engine that the settings name."""
    if settings.engine == "local":
        return open_engine()
    return open_engine(settings.engine, address=settings.ray_address)
