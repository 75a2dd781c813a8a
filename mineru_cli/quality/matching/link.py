"""Scored blocks, and their links to the other page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.quality.blocks import ComparedBlock, Kind
from mineru_cli.quality.table import ComparedTable

_LEADERS = re.compile(r"(?:[.·…_∙‥] ?){4,}")
"""Leader dots of a table of contents: in a table, a cell's border takes their place."""

_NAMED_TYPES = {"list": "list", "code": "code"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One scored block. ``text`` is its norm-v1; ``place`` is its index among the page's scored blocks."""

    place: int
    block: ComparedBlock
    text: str
    table: ComparedTable | None = None

    @property
    def kind(self) -> Kind:
        """Its kind, which decides how it is scored."""
        return self.block.kind

    @property
    def type_name(self) -> str:
        """Its type for people: paragraph (headings included), list, code, table or formula."""
        if self.kind is Kind.TEXT:
            return _NAMED_TYPES.get(self.block.type, "paragraph")
        return str(self.kind.value)

    @property
    def amount(self) -> int:
        """Its content in characters of norm-v1; an empty cell of a table counts 1."""
        return len(self.text) if self.table is None else max(len(self.text), self.table.cells)


@dataclass(frozen=True, slots=True)
class Link:
    """The same content on both pages: one piece each, or one piece on one page and several on the other.

    ``distance`` counts the edits between the two texts, as ``linked_texts`` gives them.
    """

    base: tuple[Piece, ...]
    run: tuple[Piece, ...]
    distance: int

    @property
    def kind(self) -> Kind | None:
        """The kind of all its pieces; None if they differ."""
        kinds = {piece.kind for piece in (*self.base, *self.run)}
        return kinds.pop() if len(kinds) == 1 else None

    @property
    def amount(self) -> int:
        """Content of the larger side, in characters."""
        return max(sum(piece.amount for piece in side) for side in (self.base, self.run))

    @property
    def length(self) -> int:
        """Characters of the longer of the two texts."""
        if len(self.base) == len(self.run) == 1 and self.kind is not None:
            return max(len(self.base[0].text), len(self.run[0].text))
        return max(map(len, linked_texts(self.base, self.run)))

    @property
    def likeness(self) -> float:
        """1 - the edits as a share of the longer text, in [0, 1]."""
        return 1.0 - self.distance / self.length if self.length else 1.0

    @property
    def changed_type(self) -> bool:
        """Whether the types of the two sides differ."""
        if len(self.base) == len(self.run) == 1:
            return self.base[0].type_name != self.run[0].type_name
        return {piece.type_name for piece in self.base} != {piece.type_name for piece in self.run}


def unlinked(
    base: Sequence[Piece], run: Sequence[Piece], links: Sequence[Link]
) -> tuple[list[Piece], list[Piece]]:
    """The pieces of either side that are in none of the links."""
    left = {piece.place for link in links for piece in link.base}
    right = {piece.place for link in links for piece in link.run}
    return [p for p in base if p.place not in left], [p for p in run if p.place not in right]


def joined_table(pieces: Sequence[Piece]) -> ComparedTable:
    """The rows of all pieces as one table."""
    return ComparedTable(tuple(row for piece in pieces if piece.table for row in piece.table.rows))


def linked_texts(base: Sequence[Piece], run: Sequence[Piece]) -> tuple[str, str]:
    """The two texts of a link in comparable form.

    Texts of one kind are joined as they are. Between kinds, white space, ``$`` and leader dots are left out:
    types differ in cells, lines and delimiters.
    """
    kinds = {piece.kind for piece in (*base, *run)}
    if len(kinds) == 1:
        joint = "" if kinds == {Kind.FORMULA} else " "
        return joint.join(piece.text for piece in base), joint.join(piece.text for piece in run)
    return bare_text(base), bare_text(run)


def bare_text(pieces: Sequence[Piece]) -> str:
    """The characters of the pieces, without those that depend on the type."""
    joined = " ".join(piece.text for piece in pieces)
    return "".join(_LEADERS.sub(" ", joined).replace("$", "").split())
