"""mineru-batch: convert directories of PDFs with MinerU over a vLLM server.

What is in ``__all__`` is the public interface; every other module may change without notice. Nothing is
loaded before it is used, so that ``import mineru_cli`` costs nothing.
"""

import importlib

__all__ = [
    "DocumentResult",
    "RunReport",
    "Settings",
    "StopToken",
    "__version__",
    "compare",
    "convert",
    "convert_async",
    "convert_one",
    "errors",
    "events",
    "merge_runs",
]

__version__ = "0.1.0"

_HOMES = {
    "DocumentResult": "mineru_cli.engine.results",
    "RunReport": "mineru_cli.engine.report",
    "Settings": "mineru_cli.settings",
    "StopToken": "mineru_cli.engine.stop_token",
    "compare": "mineru_cli.api",
    "convert": "mineru_cli.api",
    "convert_async": "mineru_cli.api",
    "convert_one": "mineru_cli.api",
    "merge_runs": "mineru_cli.engine.merge",
}
_MODULES = {"errors": "mineru_cli.errors", "events": "mineru_cli.domain.events"}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
