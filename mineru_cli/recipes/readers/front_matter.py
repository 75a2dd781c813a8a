"""olmOCR's replies: Markdown after a YAML front matter about the page and its rotation."""

from __future__ import annotations

import re

from mineru_cli.domain.block import Block
from mineru_cli.recipes.readers.markdown import MarkdownReader
from mineru_cli.recipes.readers.reader import SeenPage

_FRONT = re.compile(r"\A\s{0,20}---[ \t]*\n(.{0,2000}?)(?:\n---[ \t]*(?:\n|\Z)|\Z)", re.DOTALL)
_KEYS = frozenset({"primary_language", "is_rotation_valid", "rotation_correction", "is_table", "is_diagram"})
_LINE = re.compile(r"^\s*(\w{1,40})\s*:\s*(.{0,200}?)\s*$")


class FrontMatterReader(MarkdownReader):
    """See ``Reader``. A front matter is recognised by olmOCR's keys."""

    def blocks(self, text: str, seen: SeenPage, most_blocks: int) -> list[Block]:
        """See ``Reader``."""
        return super().blocks(_split(text)[1], seen, most_blocks)

    def turn(self, text: str) -> int:
        """See ``Reader``: the correction that accompanies an invalid rotation."""
        front, _ = _split(text)
        correction = front.get("rotation_correction")
        invalid = front.get("is_rotation_valid", "").lower() == "false"
        return int(correction) if invalid and correction in ("90", "180", "270") else 0


def _split(text: str) -> tuple[dict[str, str], str]:
    """The front matter's values by key, and the rest; no values where there is none."""
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    lines = [_LINE.match(line) for line in found[1].splitlines() if line.strip()]
    values = {line[1]: line[2] for line in lines if line is not None}
    if not values or not set(values) <= _KEYS or any(line is None for line in lines):
        return {}, text
    return values, text[found.end() :]
