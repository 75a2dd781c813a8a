"""A stream of page results as a stream of assembled pages.

Paragraphs that continue over columns and pages, and tables that continue over pages, become one element where
they start. A page is released as soon as nothing on it can still grow, so only the pages that an open
paragraph or table covers are held, and at most ``_MAX_PAGES`` of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from mineru_cli.domain.page import PageResult
from mineru_cli.output import paragraphs, tables
from mineru_cli.output.arrange import arrange
from mineru_cli.output.elements import (
    AssembledPage,
    Continued,
    Element,
    Figure,
    Paragraph,
    Part,
    TableElement,
)
from mineru_cli.output.headings import Levels

_MAX_PAGES = 32
"""Maximum pages of one paragraph or table; a longer one is split, with its header repeated."""


@dataclass(slots=True)
class _Draft:
    """A page whose last elements may still grow."""

    page: PageResult
    before: tuple[Element, ...]
    elements: list[Element]
    furniture: tuple[Part, ...]

    def layout(self) -> AssembledPage:
        return AssembledPage(self.page, self.before, tuple(self.elements), self.furniture)


@dataclass(slots=True)
class _Open:
    """An element that may continue: its position, and the page of its last part."""

    draft: _Draft
    at: int
    page: int
    interrupted: bool = False

    def may_reach(self, page: int) -> bool:
        return page - self.page <= 1 and page - self.draft.page.index < _MAX_PAGES


class Assembler:
    """Takes pages in order, and returns them assembled as soon as nothing on them can still grow."""

    def __init__(self) -> None:
        self._levels = Levels()
        self._held: deque[_Draft] = deque()
        self._text: _Open | None = None
        self._table: _Open | None = None

    def add(self, page: PageResult) -> Iterator[AssembledPage]:
        """Add the next page and return the pages that are final now."""
        arranged = arrange(page, self._levels)
        self._join(_Draft(page, arranged.elements, [], arranged.furniture))
        growing = [opened.draft.page.index for opened in (self._text, self._table) if opened]
        while self._held and not (growing and self._held[0].page.index >= min(growing)):
            yield self._held.popleft().layout()

    def rest(self) -> Iterator[AssembledPage]:
        """All pages that are left, at the document's end."""
        while self._held:
            yield self._held.popleft().layout()

    def _join(self, draft: _Draft) -> None:
        """Hold the next page, with its first elements joined to open ones."""
        self._held.append(draft)
        page = draft.page.index
        self._text = self._text if self._text and self._text.may_reach(page) else None
        self._table = self._table if self._table and self._table.may_reach(page) else None
        if draft.page.failure is not None:
            self._text = self._table = None
        for element in draft.before:
            self._place(element, draft)
        if draft.page.failure is not None:
            self._text = self._table = None

    def _place(self, element: Element, draft: _Draft) -> None:
        if isinstance(element, Paragraph):
            self._place_text(element, draft)
            self._table = None
        elif isinstance(element, TableElement):
            self._place_table(element, draft)
            self._interrupt()
        else:
            draft.elements.append(element)
            self._table = None
            if isinstance(element, Figure):
                self._interrupt()
            else:
                self._text = None

    def _interrupt(self) -> None:
        if self._text:
            self._text.interrupted = True

    def _place_text(self, element: Paragraph, draft: _Draft) -> None:
        opened = self._text
        if opened is not None:
            earlier = opened.draft.elements[opened.at]
            if isinstance(earlier, Paragraph) and paragraphs.continues(
                earlier.parts[-1], element.parts[0], interrupted=opened.interrupted
            ):
                opened.draft.elements[opened.at] = Paragraph(earlier.parts + element.parts)
                opened.page, opened.interrupted = draft.page.index, False
                draft.elements.append(Continued(element.parts[0]))
                return
        draft.elements.append(element)
        self._text = _Open(draft, len(draft.elements) - 1, draft.page.index)

    def _place_table(self, element: TableElement, draft: _Draft) -> None:
        opened = self._table
        if opened is not None and opened.page < draft.page.index:
            earlier = opened.draft.elements[opened.at]
            if isinstance(earlier, TableElement) and tables.continues(earlier, element):
                opened.draft.elements[opened.at] = tables.merge(earlier, element)
                opened.page = draft.page.index
                draft.elements.append(Continued(element.bodies[0]))
                return
        draft.elements.append(element)
        self._table = _Open(draft, len(draft.elements) - 1, draft.page.index)
