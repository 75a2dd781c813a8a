"""What is the same for all characters of a page's text objects and fonts, and where words come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mineru_cli.pages.glyphs import Glyphs

_MATH_FONTS = (
    "CMMI",
    "CMSY",
    "CMEX",
    "MSAM",
    "MSBM",
    "EUFM",
    "RSFS",
    "MATH",
    "STIXSIZE",
    "MTSY",
    "MTMI",
    "MTEX",
)


@dataclass(slots=True)
class Font:
    """A font as the page uses it. ``glyphs`` collects what its characters look like."""

    name: str
    mathematical: bool
    embedded: bool
    glyphs: Glyphs


@dataclass(frozen=True, slots=True)
class TextObject:
    """What is the same for all characters of a text object.

    ``colour`` is red, green, blue and alpha of its filling, 0-255; None when it is not simply filled.
    ``invisible`` is its own render mode. ``optional`` objects belong to a layer that can be switched off.
    ``height`` is that of a line in points, ``angle`` the writing's in radians, ``quarter`` that of ``Word``.
    """

    handle: Any
    address: int
    font: Font
    invisible: bool
    colour: tuple[int, int, int, int] | None
    optional: bool
    height: float
    angle: float
    quarter: int


class WordSpan(NamedTuple):
    """Where a word comes from: its characters' numbers, and the objects of its first and last one, or of all.

    ``blank`` words hold a character that no font of this machine has a glyph for.
    """

    numbers: Sequence[int]
    objects: tuple[TextObject, ...]
    blank: bool = False


def is_mathematical(name: str) -> bool:
    """Whether a font of this name is one of formulas."""
    name = name.upper()
    return name.startswith(_MATH_FONTS) or "MATH" in name
