"""Assembled pages as Markdown, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mineru_cli.domain.flaws import UNREAD_FORMULA
from mineru_cli.output import failures, grid, lists, names
from mineru_cli.output.assemble import Assembler
from mineru_cli.output.elements import (
    AssembledPage,
    Code,
    Element,
    Equation,
    Figure,
    Heading,
    ItemList,
    Paragraph,
    Part,
    TableElement,
    parts_of,
)
from mineru_cli.output.escape import escape_heading, escape_text
from mineru_cli.output.formula import displayed, tag
from mineru_cli.output.prose import fold, paragraphs
from mineru_cli.output.safe_markdown import safe
from mineru_cli.output.tree.page import PageTree

_BACKTICKS = re.compile(r"`+")
_FENCED = re.compile(r"(`{3,}|~{3,})([\w+#.-]{0,20})[ \t]*\n(.*)\n[ \t]*\1[ \t]*", re.DOTALL)
_NUMBERED = re.compile(r"(\d+)\. ")
_BETWEEN_LISTS = "<!-- -->"
"""Separates two consecutive numbered lists, which Markdown would parse as one."""


class CleanMarkdown:
    """A document's Markdown, page by page.

    Works on the page results rather than the tree: it has its own rules for joining. ``unsafe`` skips the
    last pass, which neutralises markup that would be active in some renderer.
    """

    def __init__(self, *, unsafe: bool = False) -> None:
        self._assembler = Assembler()
        self._first = True
        self._unsafe = unsafe
        self._last_number: int | None = None

    def add(self, page: PageTree) -> Iterator[str]:
        """The pieces of all pages that can no longer change, to be written one after the other."""
        for layout in self._assembler.add(page.result):
            yield from self._pieces(layout)

    def rest(self) -> Iterator[str]:
        """The pieces of the pages held back, and the final line break."""
        for layout in self._assembler.rest():
            yield from self._pieces(layout)
        if not self._first:
            yield "\n"

    def _pieces(self, layout: AssembledPage) -> Iterator[str]:
        for text, is_list in _page(layout):
            if not self._first:
                yield "\n\n"
            starts = _number(text) if is_list else None
            if starts is not None and self._last_number is not None and starts != self._last_number + 1:
                yield f"{_BETWEEN_LISTS}\n\n"
            yield text if self._unsafe else safe(text)
            self._first = False
            self._last_number = _number(text.rsplit("\n", 1)[-1]) if is_list else None


def _number(line: str) -> int | None:
    """The number of a list's item."""
    match = _NUMBERED.match(line)
    return int(match[1]) if match else None


def _page(layout: AssembledPage) -> Iterator[tuple[str, bool]]:
    """A page's Markdown blocks, and whether each is a list."""
    if mark := failures.mark(layout.page):
        yield mark, False
    flawed = any(block.flaw is not None for block in layout.page.blocks)
    for element in layout.elements:
        for text in render(element):
            yield text, isinstance(element, ItemList)
        for part in parts_of(element) if flawed else ():
            if mark := failures.block_mark(part.block, part.page):
                yield mark, False


def render(element: Element) -> list[str]:
    """The Markdown blocks of one element; none for what was joined elsewhere or has no content."""
    if isinstance(element, Heading):
        return [f"{'#' * element.level} {escape_heading(fold(element.part.content))}"]
    if isinstance(element, Paragraph):
        return _texts(element.parts)
    if isinstance(element, Figure):
        return _figure(element)
    if isinstance(element, TableElement):
        return _table(element)
    if isinstance(element, Equation):
        return _equation(element)
    if isinstance(element, Code):
        return _code(element)
    if isinstance(element, ItemList):
        return _listing(element)
    return []


def _texts(parts: Iterable[Part]) -> list[str]:
    return [escape_text(text) for text in paragraphs([part.content for part in parts])]


def _each(parts: Iterable[Part]) -> list[str]:
    return [text for part in parts for text in _texts((part,))]


def _image(part: Part) -> list[str]:
    return [f"![]({names.IMAGES}/{part.block.figure})"] if part.block.figure else []


def _figure(element: Figure) -> list[str]:
    table = grid.read(element.body.content)
    content = _cells(table) if table else _texts((element.body,))
    return _image(element.body) + _each(element.notes.captions) + content + _each(element.notes.footnotes)


def _table(element: TableElement) -> list[str]:
    if element.grid is not None:
        content = _cells(element.grid)
    else:
        content = [text for body in element.bodies for text in _image(body) + _texts((body,))]
    return _each(element.notes.captions) + content + _each(element.notes.footnotes)


def _cells(table: grid.TableGrid) -> list[str]:
    return [grid.write(table), *(escape_text(text) for text in table.outside)]


def _equation(element: Equation) -> list[str]:
    if element.body.block.flaw == UNREAD_FORMULA:
        return _image(element.body) + _texts((element.body,))
    latex = displayed(element.body.content)
    if not latex:
        return _image(element.body)
    return [f"$$\n{numbered(latex, element.number)}\n$$"]


def numbered(latex: str, number: Part | None) -> str:
    r"""LaTeX with its number as ``\tag{}``, unless it has one."""
    label = tag(number.content) if number else None
    return latex if label is None or "\\tag" in latex else f"{latex} \\tag{{{label}}}"


def code_text(content: str) -> tuple[str, str]:
    """A listing without the fence that a model may have added, and the language named there."""
    fenced = _FENCED.fullmatch(content.strip())
    return (fenced[3], fenced[2]) if fenced else (content.strip("\n"), "")


def _code(element: Code) -> list[str]:
    text, language = code_text(element.body.content)
    content = [] if text.strip() else _image(element.body)
    if text.strip():
        longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
        fence = "`" * max(3, longest + 1)
        content = [f"{fence}{language}\n{text}\n{fence}"]
    return _each(element.notes.captions) + content + _each(element.notes.footnotes)


def _listing(element: ItemList) -> list[str]:
    contents = list_contents(element)
    items = lists.items(contents)
    lines = [
        f"{'-' if item.number is None else f'{item.number}.'} {escape_text(item.text)}" for item in items
    ]
    return ["\n".join(lines)] if lines else []


def list_contents(element: ItemList) -> list[str]:
    """The texts of a list: the container's own, where it has any that its items lack, and the items'."""
    contents = [part.content for part in element.items if part.block.type != "index"]
    # A table of contents is one block; each of its lines is an entry.
    contents += [
        line for part in element.items if part.block.type == "index" for line in part.content.split("\n")
    ]
    own = element.container.content if element.container else ""
    if own.strip() and fold(own) != fold("\n".join(contents)):
        contents.insert(0, own)
    return contents
