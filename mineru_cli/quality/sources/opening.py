"""Detects the kind of source at a path. A new kind is a file in this package and a line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mineru_cli.quality.errors import NothingToCompare
from mineru_cli.quality.sources.markdown import open_markdown_folder
from mineru_cli.quality.sources.mineru import open_mineru_folder
from mineru_cli.quality.sources.recorded import open_baseline
from mineru_cli.quality.sources.source import Source

_KINDS: tuple[Callable[[Path], Source | None], ...] = (
    open_baseline,
    open_mineru_folder,
    open_markdown_folder,
)


def open_source(location: Path) -> Source:
    """The documents at ``location``. Raises ``NothingToCompare`` if there are none."""
    if not location.exists():
        raise NothingToCompare(f"{location} does not exist")
    for opened in (kind(location) for kind in _KINDS):
        if opened is not None:
            return opened
    raise NothingToCompare(
        f"{location} holds no documents: neither a run's output, nor a baseline.json, nor Markdown files"
    )
