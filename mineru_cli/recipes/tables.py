"""Sanitises tables of models' replies: bounds the number of cells, reduces the markup."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from mineru_cli.recipes import vl

_MOST_CELLS = 20_000
_MOST_SPAN = 1_000
_ROW_END = "<nl>"
OTSL_CELL = re.compile(r"<[felux]cel>")
_MARK = re.compile(r"<(?:[felux]cel|nl)>|</?[A-Za-z][^<>]{0,200}>")
_TAG = re.compile(r"<(?=[A-Za-z/!?])[^<>]*>?")
_PLAIN_TAG = re.compile(
    r"""
    </?(?:table|thead|tbody|tfoot|tr|caption|b|i|em|strong|sub|sup|br|code|eq)\s?/?>
    | </?(?:td|th)(?:\s(?:colspan|rowspan)="?\d{1,3}"?)*>
    | <img\ src="images/[0-9a-f]{64}\.jpg"/>
    """,
    re.VERBOSE,
)
_STRUCTURE = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th"})
_INLINE = frozenset({"b", "i", "em", "strong", "sub", "sup", "br", "code"})
_DROPPED = frozenset({"caption", "script", "style", "head", "iframe", "object", "template", "noscript"})


def bounded_otsl(text: str, most_cells: int = _MOST_CELLS) -> tuple[str, bool]:
    """Truncate OTSL so that rows x widest row is at most ``most_cells``; returns whether it was cut.

    A converter pads short rows: without this bound a reply of 200 kB can expand to 400 million cells.
    """
    rows = text.split(_ROW_END)
    widest, kept = 0, 0
    for row in rows:
        widest = max(widest, len(OTSL_CELL.findall(row)))
        if widest * (kept + 1) > most_cells:
            break
        kept += 1
    if kept == len(rows):
        return text, False
    return _ROW_END.join(rows[:kept]) + _ROW_END if kept else "", True


def table_of_reply(text: str) -> tuple[str, bool]:
    """OTSL or HTML of bounded size from a model's reply for a table; returns whether it was cut."""
    if text.lstrip()[:6].lower() == "<table":
        return (text if is_plain(text) else plain_table(text)), False
    return bounded_otsl(text)


def text_of_otsl(reply: str) -> str:
    """The text of a reply that is not a table, cells separated."""
    return " ".join(_MARK.sub(" ", reply).split())


def is_plain(html: str) -> bool:
    """Whether a table's HTML has only the tags of plain tables, and not too many cells."""
    tags = _TAG.findall(html)
    return len(tags) <= 2 * _MOST_CELLS + 1_000 and all(map(_PLAIN_TAG.fullmatch, tags))


def plain_table(html: str) -> str:
    """HTML of a table reduced to cells, spans and simple inline markup; empty when it has no table.

    Other markup (handlers, styles, links) is dropped and its text kept; scripts, comments and the caption are
    dropped whole. ``caption_of`` returns the caption.
    """
    table = _first(html, "table")
    if table is None:
        return ""
    parts: list[str] = []
    _write(table, parts, [_MOST_CELLS])
    return "".join(parts)


def plain_table_of_otsl(otsl: str) -> str:
    """The HTML of ``plain_table`` for a table in OTSL, which is bounded first."""
    return plain_table(vl.otsl_to_html(bounded_otsl(otsl)[0]))


def table_of_text(text: str) -> str:
    """The table that a reply holds; a reply that holds none is the only cell of one."""
    cell = _TAG.sub(lambda tag: tag[0] if _PLAIN_TAG.fullmatch(tag[0]) else escape(tag[0], quote=False), text)
    return plain_table(text) or plain_table(f"<table><tr><td>{cell}</td></tr></table>")


def caption_of(html: str) -> str:
    """The text of a table's ``<caption>``, empty when it has none."""
    caption = _first(html, "caption") if "<caption" in html.lower() else None
    return "" if caption is None else " ".join(caption.text_content().split())


def _first(html: str, tag: str) -> Any | None:
    import lxml.html  # imported here: heavy, and most replies do not need it
    from lxml.etree import LxmlError

    try:
        return next(lxml.html.fragment_fromstring(html, create_parent="div").iter(tag), None)
    except (LxmlError, ValueError):
        return None


def _write(element: Any, parts: list[str], cells_left: list[int]) -> None:
    tag = element.tag if isinstance(element.tag, str) else ""
    if not tag or tag in _DROPPED:
        return
    kept = tag in _STRUCTURE or tag in _INLINE
    if tag in ("td", "th"):
        cells_left[0] -= 1
        if cells_left[0] < 0:
            return
    if kept:
        parts.append(f"<{tag}{_spans(element) if tag in ('td', 'th') else ''}>")
    _write_text(element, element.text, parts)
    for child in element:
        _write(child, parts, cells_left)
        _write_text(element, child.tail, parts)
    if kept and tag != "br":
        parts.append(f"</{tag}>")


def _write_text(element: Any, text: str | None, parts: list[str]) -> None:
    if text and not (element.tag in _STRUCTURE - {"td", "th"} and not text.strip()):
        parts.append(escape(text, quote=False))


def _spans(element: Any) -> str:
    spans = []
    for name in ("rowspan", "colspan"):
        value = element.get(name, "")
        if value.isascii() and value.isdigit() and len(value) < 6 and 1 < int(value) <= _MOST_SPAN:
            spans.append(f' {name}="{int(value)}"')
    return "".join(spans)
