"""Replies in Markdown.

Most models give no boxes: blocks then get bands over the page's full width, from top to bottom, as high as
their share of the text: a reading order, not a position to cut pictures from. Some mark figures by a box
(olmOCR, LightOnOCR), or wrap headers and footers in tags (Nanonets-OCR2).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mineru_cli.domain.block import BBox, Block
from mineru_cli.recipes.mineru_blocks import display_equation
from mineru_cli.recipes.readers.reader import WHOLE_PAGE, SeenPage, Upright
from mineru_cli.recipes.tables import caption_of, plain_table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FENCE = "```"
_OPENING_FENCE = re.compile(r"\s*```(?:markdown|md)?\s*\n")
_DISPLAYS = {"$$": "$$", "\\[": "\\]"}
_TABLE_TAG = re.compile(r"<table\b|</table\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_ESCAPED = re.compile(r"\\([*_#`<>~|!+.\-])")
_IMAGE = re.compile(r"!\[[^\[\]]{0,500}\]\([^()\s]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]{1,500})\]\([^()\s]{1,2000}\)")
_PAGE_FIGURE = r"!\[(?P<alt>[^\[\]]{0,500})\]\(page_(?P<page>\d{1,6}_\d{1,6}_\d{1,6}_\d{1,6})\.png\)"
_BOXED_FIGURE = (
    r"!\[image\]\(image_\d{1,4}\.png\)\s{0,2}(?P<box>\d{1,4}\s?,\s?\d{1,4}\s?,\s?\d{1,4}\s?,\s?\d{1,4})"
)
_TAGGED = r"<(?P<tag>page_number|watermark|img)>(?P<inside>[^<>]{0,2000})</(?P=tag)>"
_MARKED = re.compile(f"{_PAGE_FIGURE}|{_BOXED_FIGURE}|{_TAGGED}")
_TAG_KINDS = {"page_number": "page_number", "watermark": "aside_text", "img": "image"}
_NUMBER = re.compile(r"\d+")


class _Part(NamedTuple):
    """A block's type and content, and its box where the model gives one."""

    kind: str
    content: str
    place: BBox | None = None


class MarkdownReader(Upright):
    """See ``Reader``."""

    def usable(self, text: str) -> bool:
        """See ``Reader``: every text is Markdown."""
        return True

    def blocks(self, text: str, seen: SeenPage, most_blocks: int) -> list[Block]:
        """See ``Reader``."""
        return markdown_blocks(text, most_blocks, seen)


def markdown_blocks(text: str, most_blocks: int, seen: SeenPage | None = None) -> list[Block]:
    """Blocks in order, each with its box or the band of the page that its share of the text suggests."""
    return _banded(list(islice(_parts(_unfenced(text), seen), most_blocks)))


def _unfenced(text: str) -> str:
    """A reply without the fence that some models put around all of it."""
    opening, body = _OPENING_FENCE.match(text), text.rstrip()
    if opening is None or not body.endswith(_FENCE) or len(body) < opening.end() + len(_FENCE):
        return text
    return body[opening.end() : -len(_FENCE)].removesuffix("\n")


def _banded(parts: Sequence[_Part]) -> list[Block]:
    total = sum(len(part.content) + 1 for part in parts if part.place is None)
    blocks, top = [], 0
    for part in parts:
        place = part.place
        if place is None:
            below = top + len(part.content) + 1
            place = (0.0, top / total, 1.0, below / total)
            top = below
        blocks.append(Block(part.kind, place, 0, part.content or None))
    return blocks


def _marked(found: re.Match[str], seen: SeenPage | None) -> Iterator[_Part]:
    """A figure, header or footer that the model marks as such."""
    if found["tag"]:
        kind, inside = _TAG_KINDS[found["tag"]], " ".join(found["inside"].split())
        if inside:
            yield _Part(kind, inside, WHOLE_PAGE if kind == "image" else None)
        return
    numbers = [float(number) for number in _NUMBER.findall(found["page"] or found["box"])]
    if found["page"]:  # left, top, width, height
        numbers[2:] = [numbers[0] + numbers[2], numbers[1] + numbers[3]]
    place = seen.bbox(numbers) if seen else None
    yield _Part("image", (found["alt"] or "").strip(), place or WHOLE_PAGE)


def _parts(text: str, seen: SeenPage | None) -> Iterator[_Part]:
    """HTML tables are extracted first: Markdown would end them at their first blank line."""
    done = 0
    for start, end in _tables(text):
        yield from _outside_tables(text[done:start], seen)
        yield from _some("table_caption", caption_of(text[start:end]))
        yield from _some("table", plain_table(text[start:end]))
        done = end
    yield from _outside_tables(text[done:], seen)


def _tables(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each outermost table; an unclosed one ends with the next closed one, or the text."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for tag in _TABLE_TAG.finditer(text):
        if not tag[0].startswith("</"):
            opened.append(tag.start())
        elif opened:
            ends[opened.pop()] = tag.end()
    closings = [*sorted(ends.values()), len(text)]
    done = 0
    for start in sorted({*ends, *opened}):
        if start >= done:
            done = ends.get(start) or closings[bisect_right(closings, start)]
            yield start, done


def _outside_tables(text: str, seen: SeenPage | None) -> Iterator[_Part]:
    last = 0
    for found in _MARKED.finditer(text):
        yield from _unmarked(text[last : found.start()])
        yield from _marked(found, seen)
        last = found.end()
    yield from _unmarked(text[last:])


def _unmarked(text: str) -> Iterator[_Part]:
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
    """Start and end of displayed formulas. Linear: an unclosed delimiter is searched for once."""
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
        yield _Part(kind, content)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Without the rule "escape" the backslashes of LaTeX survive; those of Markdown are removed afterwards.
    # Links are removed afterwards as well: their rules are quadratic in unclosed brackets.
    return (
        MarkdownIt("commonmark").enable("table").disable(["escape", "link", "image", "reference", "autolink"])
    )
