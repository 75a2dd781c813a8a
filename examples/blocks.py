"""What the example documents are made of.

One list of blocks is the source of both a PDF (`typeset`, `scan`) and its
ground-truth Markdown (`markdown`), so the two cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Drawing = Literal["evaporation-chart", "energy-chart"]
Formula = Literal["bulk-transfer"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` 1 is the document's title, `style` names a typeset style of its own."""

    level: int
    text: str
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text. A newline is a line break on the page (addresses, for instance)."""

    text: str
    style: str = "body"


@dataclass(frozen=True, slots=True)
class Items:
    """A bulleted or numbered list."""

    texts: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A code listing, set line for line."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first row is its header; `widths` in points, `right` the right-aligned columns."""

    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    caption: str | None = None
    ruled: bool = True
    right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing by name, with its caption."""

    name: str
    drawing: Drawing
    caption: str


@dataclass(frozen=True, slots=True)
class Equation:
    """A displayed equation: LaTeX for the truth, a drawing by name for the page."""

    latex: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Contacts:
    """Two short blocks of lines side by side; read left block first."""

    left: str
    right: str


Block: TypeAlias = Heading | Paragraph | Items | Code | Table | Figure | Equation | Contacts
