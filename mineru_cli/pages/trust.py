"""Decides whether a page's text layer is trustworthy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mineru_cli.pages.page import Word, is_garbage

if TYPE_CHECKING:
    from PIL import Image

_MOST_GARBAGE = 0.01
_MOST_HIDDEN = 0.1
_FEWEST_INKED = 0.85
_INK_SAMPLE = 48
_INK_CONTRAST = 24
_LEAST_LETTERS = 40
_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœáéíóúůěąęőűăîâ")
_VOWEL_SHARE = (0.22, 0.62)
_FEWEST_PLAUSIBLE = 0.8


def doubt(words: Sequence[Word], image: Image.Image | None, unseen: int | None = None) -> str | None:
    """Why the words are not trustworthy, None when they are. Words in fonts without a mapping are ignored.

    ``image`` is the rendered page: words must lie on ink. None skips that test. ``unseen`` is the number of
    words already left out for that reason: then the others need no test here.
    """
    words = [word for word in words if not word.unmapped]
    if not words:
        return "none of its fonts says which characters its codes are"
    chars = sum(len(word.text) for word in words)
    garbage = sum(is_garbage(char) for word in words for char in word.text)
    if garbage > _MOST_GARBAGE * chars:
        return f"{garbage} of {chars} characters have no meaning"
    hidden = sum(not word.drawn for word in words)
    if hidden > _MOST_HIDDEN * len(words) and (plausible := _plausible_share(words)) < _FEWEST_PLAUSIBLE:
        return f"hidden text of poor quality: {plausible:.0%} of its words look like words"
    if (share := _vowel_share(words)) is not None and not _VOWEL_SHARE[0] <= share <= _VOWEL_SHARE[1]:
        return f"no language looks like this: {share:.0%} of its letters are vowels"
    if unseen is not None:
        inked = len(words) / (len(words) + unseen)
    else:
        drawn = [word for word in words if not word.missing_font]
        inked = _inked_share(drawn, image) if image is not None and drawn else 1.0
    if inked < _FEWEST_INKED:
        return f"only {inked:.0%} of its words lie where something is drawn"
    return None


def _vowel_share(words: Sequence[Word]) -> float | None:
    letters = [char for word in words for char in word.text.lower() if char.isalpha() and ord(char) < 0x250]
    if len(letters) < _LEAST_LETTERS:
        return None
    return sum(char in _VOWELS for char in letters) / len(letters)


def _plausible_share(words: Sequence[Word]) -> float:
    return sum(_plausible(word.text) for word in words) / len(words)


def _plausible(text: str) -> bool:
    core = text.strip(".,;:!?()[]{}\"'“”‘’«»–—-…")
    if not core:
        return len(text) <= 2
    letters = sum(char.isalpha() for char in core)
    digits = sum(char.isdigit() for char in core)
    if letters + digits < 0.8 * len(core):
        return False
    if letters and digits and len(core) < 12 and min(letters, digits) > 1:
        return False
    return len(core) > 1 or digits == 1 or core.lower() in "aioyu" or ord(core) > 0x2E7F


def _inked_share(words: Sequence[Word], image: Image.Image) -> float:
    step = max(1, len(words) // _INK_SAMPLE)
    sample = words[::step]
    return sum(_inked(word, image) for word in sample) / len(sample)


def _inked(word: Word, image: Image.Image) -> bool:
    x0, y0, x1, y1 = word.bbox
    left, top = max(0, int(x0 * image.width)), max(0, int(y0 * image.height))
    right = min(image.width, int(x1 * image.width) + 1)
    bottom = min(image.height, int(y1 * image.height) + 1)
    if left >= right or top >= bottom:
        return False
    extrema = image.crop((left, top, right, bottom)).getextrema()
    bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
    return any(high - low >= _INK_CONTRAST for low, high in bands)
