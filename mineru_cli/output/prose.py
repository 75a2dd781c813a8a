"""Running text: cleans it, folds its lines, joins what a line, column or page break split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mineru_cli.domain.hyphens import keeps_hyphen

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANK_LINE = re.compile(r"\n\s*\n")
_HYPHEN_END = re.compile(r"([^\W\d_])[-\u2010]$")
_SHARED_HEAD = re.compile(r"(?:and|or|to|und|oder|bis|et|ou|y|o)\b")
_SOFT_HYPHEN = "\u00ad"


def clean(text: str) -> str:
    """Text that can be written as UTF-8: no surrogates, no control characters but newline and tab."""
    return _UNPRINTABLE.sub(_replacement, text.replace("\r\n", "\n").replace("\r", "\n"))


def _replacement(match: re.Match[str]) -> str:
    char = match[0]
    if char in "\x0b\x0c\x85":
        return "\n"
    return "\ufffd" if char >= "\ud800" else ""


def fold(text: str) -> str:
    """All of a text on one line, dehyphenated."""
    return join(" ".join(line.split()) for line in text.split("\n"))


def lines(text: str) -> str:
    """A text with its lines kept, dehyphenated; no blank lines, no outer spaces.

    Models unwrap paragraphs, so remaining line breaks are intended: an address, a signature.
    """
    out: list[str] = []
    for line in text.split("\n"):
        bare = " ".join(line.split())
        if out and bare:
            left = _mended(out[-1], bare)
            if left is None:
                out.append("\n")
            else:
                out[-1] = left
        if bare:
            out.append(bare)
    return "".join(out)


def paragraphs(contents: Sequence[str]) -> list[str]:
    """Paragraphs of related blocks; blank lines inside a block separate them."""
    texts: list[str] = []
    for content in contents:
        folded = [text for text in map(lines, _BLANK_LINE.split(content)) if text]
        if texts and folded:
            texts[-1] = join((texts[-1], folded.pop(0)))
        texts.extend(folded)
    return texts


def join(pieces: Iterable[str]) -> str:
    """Consecutive pieces as one text: dehyphenated, CJK without a space, all else with one."""
    out: list[str] = []
    for piece in pieces:
        if not piece:
            continue
        if out:
            out[-1], between = _seam(out[-1], piece)
            if between:
                out.append(between)
        out.append(piece)
    return "".join(out)


def _seam(left: str, right: str) -> tuple[str, str]:
    """The changed ``left``, and the separator between the two."""
    mended = _mended(left, right)
    if mended is not None:
        return mended, ""
    if is_cjk(left[-1]) and is_cjk(right[0]):
        return left, ""
    return left, " "


def _mended(left: str, right: str) -> str | None:
    """``left`` without its hyphen if a word is split between the two, otherwise None."""
    if left.endswith(_SOFT_HYPHEN):
        return left[:-1]
    # "pre-" before "and post-war" is not a split word.
    if not _HYPHEN_END.search(left[-2:]) or not right[0].islower() or _SHARED_HEAD.match(right):
        return None
    word = left[:-1].rsplit(None, 1)[-1]
    return left if keeps_hyphen(word, right) else left[:-1]


def is_cjk(char: str) -> bool:
    """Whether a character belongs to a script written without spaces: Han, Kana and their punctuation."""
    code = ord(char)
    return (
        0x2E80 <= code <= 0x30FF
        or 0x31F0 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFE4F
        or 0xFF00 <= code <= 0xFF65
        or 0x20000 <= code <= 0x3FFFF
    )
