"""A leaf's spans as one text, by MinerU's rules: spaces, hyphens at line ends, escapes.

MinerU escapes what Markdown reads as markup in its JSON files as well, so there is one text for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mineru_cli.output.tree.language import is_cjk
from mineru_cli.output.tree.node import Json, Node, TreeSpan

_HYPHEN = re.compile(r"[A-Za-z][-\u00ad\u2010\u2011\u2043]\s*$")
_MARKUP = re.compile(r"[*_`~$]|\\+[*_`~$]?")
_PREFIX = re.compile(r"([ \t]{0,3})(#{1,6}|[+-])(?=[ \t])")
_SPAN_NAMES = {"text": "text", "inline_equation": "equation_inline"}
"""Names of spans in ``_content_list_v2.json``."""


def joined(node: Node, *, prefix: bool = True) -> str:
    """The text of a leaf. ``prefix`` escapes a mark at its start that would make a heading or list of it."""
    escaped = node.kind != "code_body"
    text = "".join(_with_gap(node, escaped=escaped))
    return (
        _PREFIX.sub(r"\1\\\2", text, count=1)
        if prefix and node.kind == "text" and _PREFIX.match(text)
        else text
    )


def _with_gap(node: Node, *, escaped: bool) -> Iterator[str]:
    spans = list(_spans(node))
    follows = _followed(spans)
    cjk = sum(follows) > 0 and _is_cjk(node)
    for place, (span, last) in enumerate(spans):
        formula = span.kind == "interline_equation"
        if formula and node.is_unread_formula:
            yield escape(" ".join((span.content or "").split()))
            continue
        written = _written(span, escaped=escaped).strip()
        if not written:
            continue
        if formula:
            yield written
        elif cjk:
            gap = follows[place] and (not last or span.kind == "inline_equation")
            yield f"{written} " if gap else written
        elif last and span.kind == "text" and _HYPHEN.search(written):
            yield written[:-1] if _begins_lower(spans, place) else written
        else:
            yield f"{written} " if follows[place] else written


def _spans(node: Node) -> Iterator[tuple[TreeSpan, bool]]:
    """A leaf's spans, each with whether it ends its line."""
    for line in node.lines or ():
        for place, span in enumerate(line.spans):
            yield span, place == len(line.spans) - 1


def _followed(spans: list[tuple[TreeSpan, bool]]) -> list[bool]:
    """For each span, whether text or a formula comes after it."""
    found: list[bool] = []
    after = False
    for span, _ in reversed(spans):
        found.append(after)
        after = after or (span.kind in _SPAN_NAMES and bool((span.content or "").strip()))
    return found[::-1]


def _is_cjk(node: Node) -> bool:
    return is_cjk("".join(span.content or "" for span, _ in _spans(node) if span.kind == "text"))


def _begins_lower(spans: list[tuple[TreeSpan, bool]], place: int) -> bool:
    """Whether the next line starts with a lower-case letter: then the hyphen belongs to the line break."""
    if place + 1 >= len(spans):
        return False
    span = spans[place + 1][0]
    return span.kind == "text" and (span.content or "")[:1].islower()


def _written(span: TreeSpan, *, escaped: bool) -> str:
    content = span.content or ""
    if span.kind == "text":
        return escape(content) if escaped else content
    if span.kind not in ("inline_equation", "interline_equation"):
        return ""
    return f"${content}$" if span.kind == "inline_equation" else f"$$\n{content}\n$$"


def escape(text: str) -> str:
    """Escape what Markdown reads as markup inside a line, unless it is escaped already."""
    return _MARKUP.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    """A sign with its backslashes; backslashes alone stay, and are matched so that they are read once."""
    slashes, sign = found[0][:-1], found[0][-1]
    return found[0] if sign == "\\" or len(slashes) % 2 else f"{slashes}\\{sign}"


def structured(node: Node) -> list[Json]:
    """The text of a leaf as the spans of ``_content_list_v2.json``: unescaped, formulas separate."""
    spans = list(_spans(node))
    follows = _followed(spans)
    cjk = sum(follows) > 0 and _is_cjk(node)
    found: list[Json] = []
    for place, (span, last) in enumerate(spans):
        content = span.content or ""
        name = _SPAN_NAMES.get(span.kind)
        if not content.strip() or name is None:
            continue
        if name != "text" or node.kind == "phonetic":
            found.append({"type": "phonetic" if name == "text" else name, "content": content})
            continue
        if not cjk and last and _HYPHEN.search(content):
            content = content[:-1] if _begins_lower(spans, place) else content
        elif follows[place] and not (cjk and last):
            content += " "
        if found and found[-1]["type"] == name:
            found[-1]["content"] += content
        else:
            found.append({"type": name, "content": content})
    return found
