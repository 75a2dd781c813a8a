"""What the caller may choose about a document's files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mineru_cli.settings import DEFAULT_FILES, FileKind


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What to write and what to say about its making.

    ``markdown`` is MinerU's ("parity") or our own ("clean"). ``heading_levels`` gives titles levels; MinerU
    gives all of them 1. ``unsafe_markdown`` leaves live what would act in a renderer.
    ``selection`` says that only some pages of each document were asked for.
    """

    format: str = "mineru3"
    files: frozenset[FileKind] = frozenset(DEFAULT_FILES)
    markdown: Literal["parity", "clean"] = "parity"
    heading_levels: bool = False
    version: str = ""
    model: str = ""
    recipe: str = ""
    unsafe_markdown: bool = False
    selection: bool = False
