r"""The last pass over Markdown: no text of a page may become active markup.

A page can say ``<img src=http://…>``, ``[x](javascript:…)`` or ``$![x](http://…)$``, and the Markdown is
shown by chat front ends, wikis and site generators, each with its own dialect. The words are unchanged; only
a tag, a link, an image or a definition in some renderer is neutralised. It applies to finished pieces,
whatever wrote them, and recognises our own markup by its form: pictures of ``images/`` and plain tags of
tables.
"""

from __future__ import annotations

import re

_MATH = re.compile(r"\$\$.*?\$\$|(?<!\\)\$[^$\n]+(?<!\\)\$", re.DOTALL)
_FENCE = re.compile(r"(`{3,}|~{3,})[^\n]*\n.*\n\1[ \t]*", re.DOTALL)
_OPENS_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_OWN = re.compile(
    r"""
      !\[\]\(images/[0-9A-Za-z_-]{1,80}\.jpg\)                            # our own picture
    | <img\ src="images/[0-9A-Za-z_-]{1,80}\.jpg"\ ?/?>
    | </?(?:table|thead|tbody|tr|td|th|caption|b|i|em|strong|u|s|sub|sup|p)>
    | <br\ ?/?>
    | <t[dh](?:\ (?:row|col)span="?\d{1,4}"?){1,2}>
    | <!--\ (?:mineru-batch:\ [\w\ .:,-]{1,120}\ )?-->                       # our own notes
    """,
    re.VERBOSE,
)
_SIGN = r"<(?=[A-Za-z/!?])|\](?=[(\[:])"
_ACTS = re.compile(rf"{_SIGN}|\\+(?:{_SIGN})?")
_ATTRIBUTES = re.compile(r"(?<!\\)\{(?=:|[^={}\n]*=[^{}\n]*\}\s*(?:\n|$))")


def safe(piece: str) -> str:
    """``piece`` without active foreign markup. A piece without any is returned unchanged."""
    if "<" not in piece and "]" not in piece and "{" not in piece:
        return piece
    if _FENCE.fullmatch(piece):
        return piece
    out: list[str] = []
    done = 0
    for formula in _MATH.finditer(piece):
        out += (_plain(piece[done : formula.start()]), _in_formula(formula[0]))
        done = formula.end()
    out.append(_plain(piece[done:]))
    return "".join(out)


def _plain(text: str) -> str:
    out: list[str] = []
    done = 0
    for own in _OWN.finditer(text):
        out += (_broken(text[done : own.start()]), own[0])
        done = own.end()
    out.append(_broken(text[done:]))
    return "".join(out)


def _broken(text: str) -> str:
    return _ATTRIBUTES.sub(r"\\{", _ACTS.sub(_escaped, text))


def _escaped(found: re.Match[str]) -> str:
    r"""``\<`` is not an escape in every dialect, ``&lt;`` is. A bracket that is escaped already stays."""
    slashes, sign = found[0][:-1], found[0][-1]
    if sign == "\\":  # backslashes alone, matched so that they are read once
        return found[0]
    is_escaped = len(slashes) % 2 == 1
    if sign == "<":
        return (slashes[:-1] if is_escaped else slashes) + "&lt;"
    return slashes + ("]" if is_escaped else "\\]")


def _in_formula(latex: str) -> str:
    """The same inside formulas, by a space or an empty group, which LaTeX does not show."""
    latex = _OPENS_TAG.sub("< ", latex)
    return re.sub(r"\](?=[(\[:])", "]{}", latex)
