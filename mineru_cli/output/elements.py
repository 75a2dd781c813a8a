"""The elements of an assembled page: headings, paragraphs, figures, tables, lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mineru_cli.domain.block import Block
from mineru_cli.domain.page import PageResult
from mineru_cli.output.grid import TableGrid


@dataclass(frozen=True, slots=True)
class Part:
    """A block and its position.

    ``page`` is its page's index in the document, ``index`` its rank on the page, ``size`` the page's
    width and height in points.
    """

    page: int
    index: int
    block: Block
    size: tuple[float, float]

    @property
    def content(self) -> str:
        """The block's text, empty where there is none."""
        return self.block.content or ""


@dataclass(frozen=True, slots=True)
class Notes:
    """Captions and footnotes that belong to a figure, a table or a listing, in reading order."""

    captions: tuple[Part, ...] = ()
    footnotes: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; ``level`` 1 is the document's own."""

    part: Part
    level: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; several parts where it continues in another column or on another page."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """An image or a chart."""

    kind: Literal["image", "chart"]
    body: Part
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class TableElement:
    """A table; several bodies where it continues over pages. ``grid`` is None if no cells were read."""

    bodies: tuple[Part, ...]
    grid: TableGrid | None
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class Equation:
    """A displayed formula and its number."""

    body: Part
    number: Part | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A program listing or an algorithm."""

    kind: Literal["code", "algorithm"]
    body: Part
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list. ``container`` is the block that frames the items, where the layout has one."""

    kind: Literal["text", "ref_text"]
    items: tuple[Part, ...]
    container: Part | None = None


@dataclass(frozen=True, slots=True)
class Continued:
    """The position of a block whose content was joined to an earlier element."""

    part: Part


Element = Heading | Paragraph | Figure | TableElement | Equation | Code | ItemList | Continued


@dataclass(frozen=True, slots=True)
class AssembledPage:
    """One page, assembled.

    ``before`` are its elements as the page alone gives them, ``elements`` the same after joining over columns
    and pages, both in reading order. ``furniture`` are headers, footers, page numbers and the like.
    """

    page: PageResult
    before: tuple[Element, ...]
    elements: tuple[Element, ...]
    furniture: tuple[Part, ...]


def parts_of(element: Element) -> tuple[Part, ...]:
    """Every block an element is made of, its body first."""
    if isinstance(element, (Heading, Continued)):
        return (element.part,)
    if isinstance(element, Paragraph):
        return element.parts
    if isinstance(element, ItemList):
        return element.items if element.container is None else (element.container, *element.items)
    if isinstance(element, Equation):
        return (element.body,) if element.number is None else (element.body, element.number)
    bodies = element.bodies if isinstance(element, TableElement) else (element.body,)
    return (*bodies, *element.notes.captions, *element.notes.footnotes)
