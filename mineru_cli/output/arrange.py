"""One page's blocks as elements: lists gathered, captions with their figures, numbers with their formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mineru_cli.domain.block import PAGE_FURNITURE, Block
from mineru_cli.domain.page import PageResult
from mineru_cli.output import captions, grid, lists
from mineru_cli.output.elements import (
    Code,
    Element,
    Equation,
    Figure,
    Heading,
    ItemList,
    Notes,
    Paragraph,
    Part,
    TableElement,
)
from mineru_cli.output.formula import tag
from mineru_cli.output.geometry import inside
from mineru_cli.output.headings import Levels
from mineru_cli.output.prose import clean

_TITLES = frozenset({"title", "doc_title", "paragraph_title"})
_FRAMES = {"image_block": frozenset({"image", "chart"}), "equation_block": frozenset({"equation"})}


@dataclass(frozen=True, slots=True)
class Arranged:
    """A page's elements and its furniture, both in reading order."""

    elements: tuple[Element, ...]
    furniture: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Belonging:
    """Which blocks of a page belong together; keys are indexes of blocks."""

    lists: Mapping[int, lists.ItemGroup]
    notes: Mapping[int, Notes]
    numbers: Mapping[int, Part]
    taken: frozenset[int]


def arrange(page: PageResult, levels: Levels) -> Arranged:
    """Arrange a page's blocks. ``levels`` is carried from page to page and is modified."""
    size = (page.width, page.height)
    parts = [Part(page.index, index, _cleaned(block), size) for index, block in enumerate(page.blocks)]
    furniture = tuple(part for part in parts if part.block.type in PAGE_FURNITURE)
    body = [part for part in parts if part.block.type not in PAGE_FURNITURE]
    body = [part for part in body if not _is_frame(part, body)]
    found = _belonging(body)
    elements: list[Element] = []
    for part in body:
        if part.index in found.lists:
            elements.append(_listing(found.lists[part.index]))
        elif part.index not in found.taken:
            if part.block.type in _TITLES and part.content.strip():
                elements.append(Heading(part, levels.level(part)))
            else:
                elements.append(_element(part, found))
    return Arranged(tuple(elements), furniture)


def _cleaned(block: Block) -> Block:
    return replace(block, content=clean(block.content)) if block.content else block


def _is_frame(part: Part, body: Sequence[Part]) -> bool:
    """Whether it is a frame without own content around other blocks."""
    framed = _FRAMES.get(part.block.type)
    if framed is None or part.content or part.block.figure:
        return False
    return any(
        other.block.type in framed and inside(other.block.bbox, part.block.bbox) >= 0.7 for other in body
    )


def _belonging(body: Sequence[Part]) -> _Belonging:
    groups = lists.group(body)
    notes, noted = captions.attach(body)
    numbers = _numbers(body)
    members = {part.index for group in groups for part in _members(group)}
    taken = members | noted | {number.index for number in numbers.values()}
    return _Belonging(
        {min(part.index for part in _members(group)): group for group in groups},
        notes,
        numbers,
        frozenset(taken),
    )


def _members(group: lists.ItemGroup) -> tuple[Part, ...]:
    return group.items if group.container is None else (group.container, *group.items)


def _numbers(body: Sequence[Part]) -> dict[int, Part]:
    """The number of each formula that has one, on the formula's own line."""
    equations = [part for part in body if part.block.type in ("equation", "equation_block") and part.content]
    found: dict[int, Part] = {}
    for number in body:
        if number.block.type != "formula_number" or tag(number.content) is None:
            continue
        middle = (number.block.bbox[1] + number.block.bbox[3]) / 2
        beside = [
            part
            for part in equations
            if part.block.bbox[1] <= middle <= part.block.bbox[3] and part.index not in found
        ]
        if beside:
            nearest = min(beside, key=lambda part: abs(part.block.bbox[2] - number.block.bbox[0]))
            found[nearest.index] = number
    return found


def _listing(group: lists.ItemGroup) -> ItemList:
    references = bool(group.items) and all(part.block.type == "ref_text" for part in group.items)
    return ItemList("ref_text" if references else "text", group.items, group.container)


def _element(part: Part, found: _Belonging) -> Element:
    notes = found.notes.get(part.index, Notes())
    kind = part.block.type
    if kind in ("image", "image_block"):
        return Figure("image", part, notes)
    if kind == "chart":
        return Figure("chart", part, notes)
    if kind == "table":
        return TableElement((part,), grid.read(part.content), notes)
    if kind in ("equation", "equation_block"):
        return Equation(part, found.numbers.get(part.index))
    if kind in ("code", "algorithm"):
        return Code("algorithm" if kind == "algorithm" else "code", part, notes)
    if kind == "index":
        return ItemList("text", (part,))
    return Paragraph((part,))
