"""Lists: which blocks form one, and how their markers are parsed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from mineru_cli.output.elements import Part
from mineru_cli.output.geometry import inside
from mineru_cli.output.prose import fold

_ITEM_TYPES = frozenset({"text", "list_item", "ref_text"})
_LOOSE_TYPES = frozenset({"list_item", "ref_text"})
_BULLET = re.compile(r"[-–—*+•·‣⁃◦▪▫●○■□◆◇➢➤✓✔❖]\s+(?=\S)")
_SIGN = re.compile(r"[•‣◦▪●■➢❖]\s*(?=\S)")
"""Bullets that start only list items."""

_DOT_BULLET = re.compile(r"[•‣◦▪●■➢❖](?=\S)")
_NUMBER = re.compile(r"(?:(\d{1,6})[.)]\s+|[(（](\d{1,6})[)）]\s*|(\d{1,6})、\s*)(?=\S)")


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Items of one list; ``container`` is the block around them, if the layout has one."""

    items: tuple[Part, ...]
    container: Part | None = None


def group(parts: Sequence[Part]) -> list[ItemGroup]:
    """The lists of a page: the content of list blocks, and consecutive loose items."""
    groups: list[ItemGroup] = []
    taken: set[int] = set()
    for container in parts:
        if container.block.type == "list":
            items = [part for part in parts if part.index not in taken and _belongs(part, container)]
            taken.update(part.index for part in items)
            groups.append(ItemGroup(tuple(items), container))
    loose = [(part, "" if part.index in taken else _loose_type(part)) for part in parts]
    for kind, run in groupby(loose, key=itemgetter(1)):
        if kind:
            groups.append(ItemGroup(tuple(part for part, _ in run)))
    return groups


def _loose_type(part: Part) -> str:
    """The kind of list item of a block outside of lists, "" for none. A text block needs a bullet."""
    kind = part.block.type
    if kind == "text" and _SIGN.match(part.content):
        return "list_item"
    return kind if kind in _LOOSE_TYPES else ""


def _belongs(part: Part, container: Part) -> bool:
    return part.block.type in _ITEM_TYPES and inside(part.block.bbox, container.block.bbox) >= 0.7


@dataclass(frozen=True, slots=True)
class Item:
    """One item without its marker; ``number`` is None for a bullet."""

    text: str
    number: int | None = None


def items(contents: Sequence[str]) -> list[Item]:
    """The items in the texts of a list's blocks. Numbers stay text unless they count up by one."""
    texts = [text for content in contents for text in _split(content)]
    marked = [_marked(text) for text in texts]
    numbers = [number for _, number in marked]
    first = numbers[0] if numbers else None
    if first is not None and numbers == list(range(first, first + len(numbers))):
        return [Item(text, number) for text, number in marked]
    return [
        Item(whole if number is not None else text)
        for whole, (text, number) in zip(texts, marked, strict=True)
    ]


def _split(content: str) -> list[str]:
    """A block's items: a line with a marker starts one, the others continue it."""
    chunks: list[list[str]] = []
    lines = [line.strip() for line in content.split("\n") if line.strip()]
    marks = [_has_marker(line) for line in lines]
    for line, mark in zip(lines, marks, strict=True):
        if mark or not chunks:
            chunks.append([line])
        else:
            chunks[-1].append(line)
    return [text for text in (fold("\n".join(chunk)) for chunk in chunks) if text]


def _has_marker(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_BULLET, _DOT_BULLET, _NUMBER))


def _marked(text: str) -> tuple[str, int | None]:
    """A text without its marker, and the marker's number."""
    if bullet := _BULLET.match(text) or _DOT_BULLET.match(text):
        return text[bullet.end() :], None
    if number := _NUMBER.match(text):
        return text[number.end() :], int(next(value for value in number.groups() if value))
    return text, None
