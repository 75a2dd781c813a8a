"""Captions that mark a table as continued from the page before."""

from __future__ import annotations

from mineru_cli.output.tree.table_rows import halved

_ENDS = ("(续)", "(续表)", "(续上表)", "(continued)", "(cont.)", "(cont’d)", "(…continued)", "续表")
_ANYWHERE = "(continued)"
_WORD = "continued"


def is_continuation(text: str) -> bool:
    """Whether a caption is such a mark. "discontinued" is not."""
    plain = halved(text.strip()).lower()
    if plain.endswith(_WORD):
        before = plain[: -len(_WORD)]
        if not before or not before[-1].isalpha():
            return True
    return plain.endswith(_ENDS) or _ANYWHERE in plain
