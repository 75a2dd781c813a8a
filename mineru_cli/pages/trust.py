"""Decides whether a page's text layer is trustworthy."""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.pages.page import Word, is_garbage

_MOST_GARBAGE = 0.01
_MOST_HIDDEN = 0.1
_FEWEST_SEEN = 0.85
_LEAST_LETTERS = 40
_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœáéíóúůěąęőűăîâ")
_VOWEL_SHARE = (0.22, 0.62)
_FEWEST_PLAUSIBLE = 0.8


def doubt(words: Sequence[Word], unseen: int = 0) -> str | None:
    """Why the words are not trustworthy, None when they are. Words in fonts without a mapping are ignored.

    ``unseen`` is the number of further words that the page does not show.
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
    seen = len(words) / (len(words) + unseen)
    if seen < _FEWEST_SEEN:
        return f"only {seen:.0%} of its words lie where something is drawn"
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
