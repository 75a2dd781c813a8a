"""All readers by name."""

from __future__ import annotations

from importlib import import_module

from mineru_cli.errors import SettingsError
from mineru_cli.recipes.readers.reader import Reader

READERS = {
    "doctags": "mineru_cli.recipes.readers.doctags:DocTagsReader",
    "front-matter": "mineru_cli.recipes.readers.front_matter:FrontMatterReader",
    "grounding": "mineru_cli.recipes.readers.grounding:GroundingReader",
    "html": "mineru_cli.recipes.readers.html:HtmlReader",
    "layout-json": "mineru_cli.recipes.readers.layout_json:LayoutJsonReader",
    "markdown": "mineru_cli.recipes.readers.markdown:MarkdownReader",
}
"""Module and class by name: a worker imports the one it needs."""


def make_reader(name: str) -> Reader:
    """The reader of this name. Raises ``SettingsError`` when there is none."""
    try:
        module, _, reader = READERS[name].partition(":")
    except KeyError:
        raise SettingsError(
            f"no reader is called {name!r}", hint=f"choose one of: {', '.join(sorted(READERS))}"
        ) from None
    made: Reader = getattr(import_module(module), reader)()
    return made
