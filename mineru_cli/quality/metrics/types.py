"""Types: how much of the common content has the same type, and what the rest changed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mineru_cli.quality.matching.link import Link, Piece
from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.metrics.scores import Measure

_EXCERPT = 60
_PLURALS = {"list": "lists", "code": "pieces of code"}


@dataclass(frozen=True, slots=True)
class TypeChange:
    """Content that changed its type: "paragraph became a table".

    ``page`` counts from 0, ``was`` and ``became`` name types for people, ``characters`` is the amount of
    content, ``excerpt`` its beginning.
    """

    page: int
    was: str
    became: str
    characters: int
    excerpt: str

    def __str__(self) -> str:
        return f"{self.was} became {self.became}"


def type_score(pair: PagePair) -> Measure | None:
    """1 - the share of linked content that changed type; 0 if nothing is linked, None without content."""
    if not pair.base.content and not pair.run.content:
        return None
    amount = sum(link.amount for link in pair.links)
    if not amount:
        return Measure(0.0, max(len(pair.base.content), len(pair.run.content)))
    changed = 0 if pair.equal else sum(link.amount for link in pair.links if link.changed_type)
    return Measure(1.0 - changed / amount, amount)


def type_changes(pair: PagePair) -> Iterator[TypeChange]:
    """Changes of type on one page, in the order of the base."""
    if pair.equal:
        return
    for link in pair.links:
        if link.changed_type:
            yield TypeChange(
                pair.index,
                named_types(link.base),
                named_types(link.run, article=True),
                link.amount,
                _beginning(link),
            )


def named_types(pieces: Sequence[Piece], *, article: bool = False) -> str:
    """The types of the pieces in words: "paragraph", "a table", "2 paragraphs and a table"."""
    counts: dict[str, int] = {}
    for piece in pieces:
        counts[piece.type_name] = counts.get(piece.type_name, 0) + 1
    return " and ".join(_counted(name, count, article or len(counts) > 1) for name, count in counts.items())


def _counted(name: str, count: int, article: bool) -> str:
    if count > 1:
        return f"{count} {_PLURALS.get(name, name + 's')}"
    return f"a {name}" if article and name != "code" else name


def _beginning(link: Link) -> str:
    text = " ".join(piece.text for piece in link.base)
    if len(text) <= _EXCERPT:
        return text
    cut = text.rfind(" ", 0, _EXCERPT)
    return text[: cut if cut > 0 else _EXCERPT] + "…"
