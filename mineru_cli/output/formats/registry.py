"""All formats by name."""

from __future__ import annotations

from importlib import import_module

from mineru_cli.errors import SettingsError
from mineru_cli.output.formats.document_format import DocumentFormat

FORMATS = {
    "mineru3": "mineru_cli.output.formats.mineru3.format:MinerU3",
    "mineru4": "mineru_cli.output.formats.mineru4:MinerU4",
    "jsonl": "mineru_cli.output.formats.jsonl:Jsonl",
}
"""Module and class by name: only the one that is needed is loaded."""


def make_format(name: str) -> DocumentFormat:
    """The format of this name. Raises ``SettingsError`` when there is none."""
    try:
        module, _, found = FORMATS[name].partition(":")
    except KeyError:
        known = ", ".join(FORMATS)
        raise SettingsError(f"no format is called {name!r}", hint=f"choose one of: {known}") from None
    made: DocumentFormat = getattr(import_module(module), found)()
    return made
