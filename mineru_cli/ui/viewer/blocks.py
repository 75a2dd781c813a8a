"""A content list's items as sanitised HTML.

Text is escaped to Markdown as in the ``.md`` file and rendered with raw HTML off; a table is parsed and
rewritten by ``output.grid``, which allows only cells and a few inline tags.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mineru_cli.output import grid
from mineru_cli.output.escape import escape_heading, escape_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

MOST_CHARACTERS = 100_000
_FIGURE = re.compile(r"images/([0-9a-f]{64}\.jpg)")
_NUMBERED = re.compile(r"(\d{1,9})\. ")
_SIGNS = "$\n "


def block_html(item: dict[str, Any], key: str) -> str:
    """One item as HTML. ``key`` names the document that its figures belong to."""
    kind = item.get("type")
    if kind == "table":
        return _texts(item, "table_caption") + _table(item, key) + _texts(item, "table_footnote")
    if kind in ("image", "chart"):
        return _figure(item, key) + _texts(item, f"{kind}_caption", f"{kind}_footnote")
    if kind == "equation":
        return _equation(item, key)
    if kind == "code":
        body = _cut(item.get("code_body"))
        return _texts(item, "code_caption") + f"<pre><code>{escape(body)}</code></pre>"
    if kind == "list":
        return _list(item.get("list_items"))
    return _text(item)


def block_text(item: dict[str, Any]) -> str:
    """All text of an item, for searching."""
    found: list[str] = []
    for name, value in item.items():
        if name in ("type", "img_path", "sub_type", "text_format", "source", "flaw"):
            continue
        values = value if isinstance(value, list) else [value]
        found += [one for one in values if isinstance(one, str)]
    return re.sub(r"<[^<>]{0,500}>", " ", "\n".join(found)[:MOST_CHARACTERS])


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    made.inline.ruler.before("escape", "formula", _formula)
    made.add_render_rule("formula", _formula_html)
    return made.disable(["image", "link", "autolink", "html_inline", "html_block", "reference"])


def _formula(state: StateInline, silent: bool) -> bool:
    """``$...$``, which in our Markdown is always a formula: other dollars are escaped."""
    if state.src[state.pos] != "$":
        return False
    end = state.src.find("$", state.pos + 1)
    if end <= state.pos + 1:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = state.src[state.pos + 1 : end]
    state.pos = end + 1
    return True


def _formula_html(renderer: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    return f'<code class="formula">{escape(tokens[index].content)}</code>'


def _render(markdown: str) -> str:
    return str(_markdown().render(markdown))


def _text(item: dict[str, Any]) -> str:
    text = _cut(item.get("text"))
    level = item.get("text_level")
    if isinstance(level, int) and 1 <= level <= 6:
        return _render(f"{'#' * level} {escape_heading(' '.join(text.split()))}")
    return "".join(_render(escape_text(part)) for part in text.split("\n\n"))


def _texts(item: dict[str, Any], *names: str) -> str:
    lines = [line for name in names for line in _strings(item.get(name))]
    return "".join(f'<div class="caption">{_render(escape_text(_cut(line)))}</div>' for line in lines)


def _strings(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)][:1000] if isinstance(value, list) else []


def _table(item: dict[str, Any], key: str) -> str:
    body = _cut(item.get("table_body"))
    cells = grid.read(body)
    if cells is None:
        shown = "".join(_render(escape_text(part)) for part in body.split("\n\n"))
        return shown or _figure(item, key)
    outside = "".join(_render(escape_text(text)) for text in cells.outside)
    return f'<div class="scroll">{grid.write(cells)}</div>{outside}'


def _figure(item: dict[str, Any], key: str) -> str:
    name = _FIGURE.fullmatch(str(item.get("img_path", "")))
    shown = ""
    if name:
        shown = f'<img src="figure?key={quote(key, safe="")}&amp;name={name[1]}" alt="" loading="lazy">'
    content = item.get("content")
    if isinstance(content, str) and content.strip():
        cells = grid.read(_cut(content))
        shown += f'<div class="scroll">{grid.write(cells)}</div>' if cells else _render(escape_text(content))
    return shown


def _equation(item: dict[str, Any], key: str) -> str:
    latex = _cut(item.get("text")).strip(_SIGNS)
    shown = f'<pre class="formula">{escape(latex)}</pre>' if latex else ""
    return (_figure(item, key) if item.get("img_path") or not shown else "") + shown


def _list(items: Any) -> str:
    texts = [_cut(text) for text in _strings(items)]
    matches = [_NUMBERED.match(text) for text in texts]
    if all(matches):
        points = [_point(f"{m[1]}.", m.string[m.end() :]) for m in matches if m]
    else:
        points = [_point("-", text) for text in texts]
    return _render("\n".join(points))


def _point(mark: str, text: str) -> str:
    return f"{mark} {escape_text(' '.join(text.split()))}"


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]} …"
