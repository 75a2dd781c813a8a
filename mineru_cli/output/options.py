"""What the caller may choose about a document's files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What to write and what to say about its making."""

    layout_pdf: bool = False
    version: str = ""
    model: str = ""
    recipe: str = ""
    unsafe_markdown: bool = False
