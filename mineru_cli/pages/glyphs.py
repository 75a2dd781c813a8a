"""Checks whether the glyphs of a font look like the characters that its codes map to.

A font may lack the mapping from codes to characters, or have a wrong one: the extracted text is then garbage.
The shapes show it. A capital is tall, an "a" is half as high, a "p" has a descender, a full stop is low:
where more than a third of a font's glyphs differ from that, its mapping is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mineru_cli.pages.page import is_garbage

_ENOUGH = 32
_WORDS = 16
"""Characters per font, and words, that are examined per page."""

_FEWEST, _MOST_WRONG = 6, 0.35
_FEWEST_PLAIN, _MOST_WRONG_PLAIN = 4, 0.6
_MOST_MEANINGLESS = 0.3
_FEWEST_ALIKE = 4
_FLAT = 0.06

_X_HIGH = frozenset("acemnorsuvwxzавгежзиклмнопстхчшъыьэюя")
_ASCENDING = frozenset("bdhkl")
_DESCENDING = frozenset("gpqyр")
_LOW = frozenset(".,_…")
_HIGH = frozenset("'\"*^`´°“”‘’")
_MIDDLE = frozenset("-–—=~")


@dataclass(frozen=True, slots=True)
class Extent:
    """Vertical extent of a glyph from its baseline, in line heights: ``bottom`` is negative below it."""

    bottom: float
    top: float


@dataclass(slots=True)
class Glyphs:
    """The observed glyphs of a font on one page.

    ``sizes`` are widths and heights of glyphs of a font that is not embedded. After ``judge``,
    ``implausible`` says that its codes are not text, ``misleading`` that they look like other text than the
    glyphs show, ``all_alike`` that each glyph is drawn as the same box.
    """

    extents: dict[int, Extent] = field(default_factory=dict)
    sizes: dict[int, tuple[float, float]] = field(default_factory=dict)
    implausible: bool = False
    misleading: bool = False
    all_alike: bool = False
    _looks: int = 0

    def wanted(self) -> bool:
        """Whether the glyphs of one more word should be examined."""
        self._looks += 1
        return self._looks <= _WORDS and len(self.extents) < _ENOUGH

    def knows(self, code: int) -> bool:
        """Whether the glyph of this character is known."""
        return code in self.extents

    def add(self, code: int, extent: Extent) -> None:
        """Add a glyph."""
        self.extents[code] = extent

    def judge(self) -> None:
        """Decide, once all glyphs are added."""
        extents = {chr(code): extent for code, extent in self.extents.items() if code < 0x110000}
        meaningless = sum(is_garbage(char) for char in extents)
        self.misleading = _misleading(extents)
        self.implausible = self.misleading or meaningless > _MOST_MEANINGLESS * len(extents)
        self.all_alike = len(self.sizes) >= _FEWEST_ALIKE and len(set(self.sizes.values())) == 1


def _misleading(extents: dict[str, Extent]) -> bool:
    verdicts = _verdicts(extents)
    wrong = verdicts.count(False)
    return (len(verdicts) >= _FEWEST and wrong > _MOST_WRONG * len(verdicts)) or (
        len(verdicts) >= _FEWEST_PLAIN and wrong > _MOST_WRONG_PLAIN * len(verdicts)
    )


def _verdicts(extents: dict[str, Extent]) -> list[bool]:
    """Whether the glyph of each character of known shape has it; empty for a font without lower case."""
    tall = [extent.top for char, extent in extents.items() if _is_tall(char)]
    letters = [extent.top for char, extent in extents.items() if char.isalpha()]
    if not tall or (len(letters) > 1 and max(letters) - min(letters) < _FLAT * max(letters)):
        return []
    # Accents and brackets are taller than capitals, so the highest glyph does not measure them.
    full = max(extent.top for char, extent in extents.items() if char.isascii() and char.isalnum())
    if full <= 0:
        return []
    return [
        fits
        for char, extent in extents.items()
        if (fits := _fits(char, extent.bottom / full, extent.top / full)) is not None
    ]


def _is_tall(char: str) -> bool:
    return char.isascii() and (char.isupper() or char.isdigit() or char in _ASCENDING)


def _fits(char: str, bottom: float, top: float) -> bool | None:
    """Whether a glyph of these extents, in heights of a capital, can be this character. None: no rule."""
    if char in _X_HIGH:
        return 0.4 <= top <= 0.88 and bottom > -0.15
    if char in _ASCENDING or (char.isascii() and char.isupper()):
        return top >= 0.75
    if char in _DESCENDING:
        return bottom < -0.1 and top <= 0.95
    if char.isascii() and char.isdigit():
        return top >= 0.5 and bottom > -0.5
    if char in _LOW:
        return top <= 0.4
    if char in _HIGH:
        return bottom >= 0.25
    if char in _MIDDLE:
        return bottom > 0 and top <= 0.8
    return None
