"""Splits a page's Markdown into blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from mineru_cli.domain.block import Block
from mineru_cli.recipes.tables import caption_of, plain_table
from mineru_cli.recipes.whole_page import display_equation

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FENCED_WHOLE = re.compile(r"\A\s*```(?:markdown|md)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
_DISPLAYS = {"$$": "$$", "\\[": "\\]"}
_TABLE = re.compile(r"<table\b.*?(?:</table\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_ESCAPED = re.compile(r"\\([*_#`<>~|!+.\-])")
_IMAGE = re.compile(r"!\[[^\[\]]{0,500}\]\([^()\s]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]{1,500})\]\([^()\s]{1,2000}\)")
_Part = tuple[str, str]
"""A block's type and content."""


def blocks_of(text: str, most_blocks: int) -> list[Block]:
    """Blocks in order, each with the band of the page that its share of the text suggests."""
    fenced = _FENCED_WHOLE.match(text)
    parts: list[_Part] = []
    for part in _parts(fenced[1] if fenced else text):
        if len(parts) == most_blocks:
            break
        parts.append(part)
    return _banded(parts)


def _banded(parts: Sequence[_Part]) -> list[Block]:
    total = sum(len(content) + 1 for _, content in parts)
    blocks, top = [], 0
    for kind, content in parts:
        below = top + len(content) + 1
        blocks.append(Block(kind, (0.0, top / total, 1.0, below / total), 0, content))
        top = below
    return blocks


def _parts(text: str) -> Iterator[_Part]:
    """HTML tables are taken out first: Markdown would end them at their first blank line."""
    start = 0
    for table in _TABLE.finditer(text):
        yield from _outside_tables(text[start : table.start()])
        yield from _some("table_caption", caption_of(table[0]))
        yield from _some("table", plain_table(table[0]))
        start = table.end()
    yield from _outside_tables(text[start:])


def _outside_tables(text: str) -> Iterator[_Part]:
    tokens = _parser().parse(text)
    number = 0
    while number < len(tokens):
        end = _end_of(tokens, number)
        yield from _block(tokens[number:end])
        number = end


def _end_of(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for number in range(start, len(tokens)):
        depth += tokens[number].nesting
        if depth == 0:
            return number + 1
    return len(tokens)


def _block(tokens: Sequence[Token]) -> Iterator[_Part]:
    first = tokens[0]
    if first.type == "heading_open":
        yield from _some("doc_title" if first.tag == "h1" else "paragraph_title", _plain(tokens))
    elif first.type in ("bullet_list_open", "ordered_list_open"):
        yield from _items(tokens)
    elif first.type in ("fence", "code_block"):
        yield from _some("code", first.content.rstrip("\n"))
    elif first.type == "table_open":
        yield from _some("table", plain_table(_parser().renderer.render(tokens, _parser().options, {})))
    elif first.type == "html_block":
        yield from _some("text", " ".join(_TAG.sub(" ", first.content).split()))
    elif first.type == "paragraph_open":
        yield from _paragraph(tokens)
    else:
        yield from _some("text", _plain(tokens))


def _paragraph(tokens: Sequence[Token]) -> Iterator[_Part]:
    source = tokens[1].content
    formulas = list(_formulas(source))
    if not formulas:
        yield from _some("text", _plain(tokens))
        return
    last = 0
    for start, end in formulas:
        yield from _some("text", " ".join(source[last:start].split()))
        yield from _some("equation", display_equation(source[start:end]))
        last = end
    yield from _some("text", " ".join(source[last:].split()))


def _formulas(source: str) -> Iterator[tuple[int, int]]:
    """Start and end of displayed formulas. Linear: a sign that is never closed is looked for once."""
    position, closers = 0, dict(_DISPLAYS)
    while closers:
        starts = {opener: source.find(opener, position) for opener in closers}
        closers = {opener: closers[opener] for opener, start in starts.items() if start >= 0}
        if not closers:
            return
        opener = min(closers, key=starts.__getitem__)
        end = source.find(closers[opener], starts[opener] + 2)
        if end < 0:
            del closers[opener]
            continue
        yield starts[opener], end + 2
        position = end + 2


def _items(tokens: Sequence[Token]) -> Iterator[_Part]:
    marks: list[str] = []
    for token in tokens:
        if token.type == "list_item_open":
            marks.append(f"{token.info}. " if token.info else "- ")
        elif token.type == "inline":
            content = _inline(token)
            mark = marks.pop() if marks else ""
            yield from _some("list_item" if mark else "text", content and mark + content)
            marks.clear()


def _plain(tokens: Sequence[Token]) -> str:
    return " ".join(_inline(token) for token in tokens if token.type == "inline")


def _inline(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "code_inline":
            parts.append(child.content)
        elif child.type == "text":
            parts.append(_ESCAPED.sub(r"\1", _LINK.sub(r"\1", _IMAGE.sub("", child.content))))
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            parts.append(" ")
    return "".join(parts).strip()


def _some(kind: str, content: str) -> Iterator[_Part]:
    if content:
        yield kind, content


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Without the rule "escape" backslashes of LaTeX survive; those of Markdown are taken off afterwards.
    # Links are taken off afterwards as well: their rules are quadratic in unclosed brackets.
    return (
        MarkdownIt("commonmark").enable("table").disable(["escape", "link", "image", "reference", "autolink"])
    )
