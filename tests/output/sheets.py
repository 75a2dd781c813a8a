"""Short ways to say a page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from mineru_cli.domain.block import BBox, Block
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import PageResult
from mineru_cli.output.elements import Part

A4 = (595.0, 842.0)
COLUMN: BBox = (0.1, 0.1, 0.9, 0.9)
LEFT: BBox = (0.1, 0.1, 0.48, 0.9)
RIGHT: BBox = (0.52, 0.1, 0.9, 0.9)


def block(kind: str, content: str | None = None, box: BBox = COLUMN, **rest: Any) -> Block:
    return Block(kind, box, content=content, **rest)


def stacked(*blocks: tuple[str, str | None]) -> tuple[Block, ...]:
    """Blocks of equal height under each other, in one column."""
    step = 0.8 / max(len(blocks), 1)
    return tuple(
        block(kind, content, (0.1, 0.1 + step * i, 0.9, 0.1 + step * (i + 0.9)))
        for i, (kind, content) in enumerate(blocks)
    )


def page(index: int, *blocks: Block, **rest: Any) -> PageResult:
    return PageResult(index, *A4, blocks=blocks, **rest)


def failed(index: int, *blocks: Block, message: str = "it took too long") -> PageResult:
    return page(index, *blocks, failure=Failure("page-timeout", message), fallback=bool(blocks))


def part(
    kind: str, content: str | None = None, box: BBox = COLUMN, *, at: int = 0, on: int = 0, **rest: Any
) -> Part:
    return Part(on, at, block(kind, content, box, **rest), A4)


def table(*rows: str, tag: str = "td") -> str:
    """HTML of rows written as "a|b"."""
    cells = ("".join(f"<{tag}>{cell}</{tag}>" for cell in row.split("|")) for row in rows)
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


def figure_name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() + ".jpg"


def document(stem: str = "paper") -> DocumentRef:
    return DocumentRef(key=stem, stem=stem, path=f"/in/{stem}.pdf", kind="pdf", size=1, mtime_ns=1)


def many(count: int) -> Iterator[PageResult]:
    """Pages of a long document, each with a paragraph, a table and a running header."""
    for index in range(count):
        text = f"Sentence number {index} that goes on and on. " * 4 + "And ends without"
        yield page(index, *stacked(("header", "H"), ("text", text), ("table", table("a|b", f"{index}|2"))))
