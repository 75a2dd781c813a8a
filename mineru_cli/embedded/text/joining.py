"""Joining recognised lines to a paragraph. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mineru_cli.domain.hyphens import keeps_hyphen

HYPHENS = "-\u2010\u00ad"
_WIDE = re.compile(r"[\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_SIGN = re.compile(r"^\s*([•●○◦▪■□◆◇►▶·∙‣⁃])\s*(?=\S)")
_BULLET = re.compile(r"^\s*(?:[•●○◦▪■□◆◇►▶·∙‣⁃]\s*|[*–—-]\s+|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s+)\S")
_INITIAL = re.compile(r"^[A-Z]\.\s+[A-Z]")
_COUNTER = re.compile(
    r"^\s*(?:[•●○◦▪■□◆◇►▶·∙‣⁃*–—-]|[(\[]?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[A-Za-z]|[ivxIVX]{1,4})[.)\]:]?)\s*$"
)
_GLUED = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*\.?)(?=[A-Z][a-z])")


def is_wide(char: str) -> bool:
    """True for Chinese and Japanese characters and their punctuation, which are set without spaces."""
    return bool(_WIDE.match(char))


def starts_item(line: str) -> bool:
    """True for a line that opens a list item: a bullet or a counter, then text."""
    return bool(_BULLET.match(line))


def is_bullet(line: str) -> bool:
    """True for a line that begins with a bullet sign."""
    return bool(_SIGN.match(line)) and line.lstrip()[:1] not in "·∙"


def opens_item(start: str, starts: Sequence[str]) -> bool:
    """``starts_item`` for the start of a line among those of its page.

    A capital with a full stop before another capital is an initial, "A. Keller", unless its neighbour in the
    alphabet opens an item as well.
    """
    if not starts_item(start) or not _INITIAL.match(start):
        return starts_item(start)
    neighbours = (chr(ord(start[0]) - 1), chr(ord(start[0]) + 1))
    return any(other[:1] in neighbours and starts_item(other) for other in starts if other)


def is_counter(text: str) -> bool:
    """True for a label in front of a heading or a list item: "3.1", "(a)", "iv.", a bullet."""
    return bool(_COUNTER.match(text))


def join_lines(lines: Sequence[str]) -> str:
    """One paragraph from its lines, dehyphenated, without spaces between wide characters."""
    text = ""
    for line in (line.strip() for line in lines):
        if line:
            text = _joined(text, line) if text else line
    return _SIGN.sub(r"\1 ", _GLUED.sub(r"\1 ", text))


def _joined(text: str, line: str) -> str:
    if text[-1] in HYPHENS and len(text) > 1 and text[-2].isalpha():
        return text[:-1] + line if _is_broken_word(text, line) else text + line
    if text[-1] in HYPHENS and text[-2:-1].isdigit() and line[0].isdigit():
        return text + line
    if is_wide(text[-1]) and is_wide(line[0]):
        return text + line
    return f"{text} {line}"


def _is_broken_word(text: str, line: str) -> bool:
    """The line break is inside a word: it continues in lower case. Compounds keep their hyphen."""
    stem = re.split(r"[\s(\[]", text[:-1])[-1]
    return line[0].islower() and not keeps_hyphen(stem, line)


def join_items(lines: Sequence[str]) -> str:
    """Like ``join_lines``, but each list item starts a new line of the result.

    A single line in the middle that looks like an item is treated as ordinary text.
    """
    items = [bool(line) and starts_item(line) for line in lines]
    if sum(items) < 2 and items[:1] != [True]:
        return join_lines(lines)
    groups: list[list[str]] = []
    for line, item in zip(lines, items, strict=True):
        if groups and not item:
            groups[-1].append(line)
        else:
            groups.append([line])
    return "\n".join(join_lines(group) for group in groups)
