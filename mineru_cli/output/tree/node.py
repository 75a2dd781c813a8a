"""The tree: blocks, lines and spans, with boxes in whole points, and as the JSON of ``_middle.json``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mineru_cli.domain.flaws import UNREAD_FORMULA

Points = tuple[int, int, int, int]
"""x0, y0, x1, y1 in points, truncated, origin top left."""
Json = dict[str, Any]

PICTURED = frozenset({"image", "table", "chart", "interline_equation"})
"""Kinds of spans with their own picture."""


@dataclass(slots=True)
class TreeSpan:
    """A run of one kind. ``html`` is a table's content, ``content`` that of all others."""

    kind: str
    bbox: Points
    content: str | None = None
    html: str | None = None
    image: str = ""
    cross_page: bool = False

    def json(self) -> Json:
        """The span as MinerU writes it: keys that its kind does not have are absent."""
        found: Json = {"bbox": list(self.bbox), "type": self.kind}
        if self.kind == "table":
            found["html"] = self.html
        elif self.content is not None or self.kind not in PICTURED:
            found["content"] = self.content or ""
        if self.kind in PICTURED:
            found["image_path"] = self.image
        if self.cross_page:
            found["cross_page"] = True
        return found


@dataclass(slots=True)
class TreeLine:
    """MinerU's line: a block of the model, because the model returns no boxes of lines."""

    bbox: Points
    spans: list[TreeSpan]

    def json(self) -> Json:
        """The line as MinerU writes it."""
        return {"bbox": list(self.bbox), "spans": [span.json() for span in self.spans]}


@dataclass(slots=True)
class Node:
    """A block: a leaf with ``lines``, or a group with ``blocks`` (a figure and its captions, a list).

    ``index`` is its rank on the page. ``merge_prev`` is None where the model's block is not text. ``extras``
    are the keys that only some kinds have, under MinerU's names. ``source`` and ``flaw`` are ours.
    """

    kind: str
    bbox: Points
    index: int | None
    angle: int | None = None
    lines: list[TreeLine] | None = None
    blocks: list[Node] | None = None
    merge_prev: bool | None = None
    extras: Json = field(default_factory=dict)
    source: str = ""
    flaw: str = ""

    @property
    def sub_type(self) -> str:
        """MinerU's ``sub_type``, empty where there is none."""
        return str(self.extras.get("sub_type", ""))

    @property
    def level(self) -> int:
        """A title's level, 1 unless levels are switched on."""
        return int(self.extras.get("level", 1))

    @property
    def is_unread_formula(self) -> bool:
        """A displayed formula whose text is not LaTeX: its picture shows it."""
        return self.flaw == UNREAD_FORMULA

    @property
    def text(self) -> str:
        """All text of a leaf, its spans concatenated."""
        return "".join(span.content or "" for line in self.lines or () for span in line.spans)

    def leaves(self) -> Iterator[Node]:
        """The node itself where it is a leaf, else its members."""
        return iter((self,) if self.blocks is None else self.blocks)

    def child(self, kind: str) -> Node | None:
        """The first member of a kind."""
        return next((node for node in self.blocks or () if node.kind == kind), None)

    def json(self) -> Json:
        """The block as MinerU writes it, with our own keys only where they are set."""
        found: Json = {"bbox": list(self.bbox), "type": self.kind}
        if self.lines is not None or self.kind == "list":
            found["angle"] = self.angle
        if self.lines is not None:
            found["lines"] = [line.json() for line in self.lines]
        if self.blocks is not None:
            found["blocks"] = [node.json() for node in self.blocks]
        if self.index is not None:
            found["index"] = self.index
        if self.merge_prev is not None:
            found["merge_prev"] = self.merge_prev
        found |= self.extras
        if self.source:
            found["source"] = self.source
        if self.flaw:
            found["flaw"] = self.flaw
        return found
