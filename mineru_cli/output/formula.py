r"""Inline and displayed formulas in the text of a model.

MinerU's model writes ``\(x\)`` inline and ``\[x\]`` displayed; others write ``$x$``. Markdown has ``$x$`` and
``$$`` blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MAX_INLINE = 4_000
_PAIRS = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"))
_OPENER = re.compile(r"\\\(|\\\[|\$\$?")
_OPENS_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LATEX = re.compile(r"\\[A-Za-z]|[_^{]")
_TOUCHES = re.compile(r"[A-Za-z0-9$]")
_LOOSE_DOLLAR = re.compile(r"(?<!\\)\$")
_MARKUP_LINE = re.compile(r"\n\s*(?=[-+=*#>`~|]|\d)")
_NUMBER = re.compile(r"[(（\[]?\s*([\w.'*\-–]{1,20})\s*[)）\]]?")


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters ``start`` to ``end`` of a text. With ``math`` set, ``text`` is LaTeX, undelimited."""

    text: str
    start: int
    end: int
    math: bool = False


def segments(text: str) -> Iterator[Segment]:
    """Split a folded text into plain text and inline formulas, in linear time."""
    done = 0
    position = 0
    missing: set[str] = set()
    while opener := _OPENER.search(text, position):
        found = _formula_at(text, opener.start(), opener[0], missing)
        if found is None:
            position = opener.end()
            continue
        end, latex = found
        if opener.start() > done:
            yield Segment(text[done : opener.start()], done, opener.start())
        yield Segment(latex, opener.start(), end, math=True)
        done = position = end
    if done < len(text):
        yield Segment(text[done:], done, len(text))


def _formula_at(text: str, start: int, mark: str, missing: set[str]) -> tuple[int, str] | None:
    """End and LaTeX of the formula that opens at ``start``; None if none does."""
    if mark == "$":
        return _between_dollars(text, start)
    close = dict(_PAIRS)[mark]
    inner = start + len(mark)
    # A missing closing delimiter is missing from here on: without this, "\(\(\(..." takes quadratic time.
    end = -1 if close in missing else text.find(close, inner)
    if end < 0:
        missing.add(close)
        return None
    return _accept(text[inner:end], end + len(close))


def _between_dollars(text: str, start: int) -> tuple[int, str] | None:
    """``$x$`` is a formula only if no word touches it and it hugs its content or holds signs of LaTeX.

    "$5 and $6" is money.
    """
    end = text.find("$", start + 1, start + 1 + _MAX_INLINE)
    inner = text[start + 1 : max(end, start + 1)]
    if not inner or (inner.strip() != inner and not _LATEX.search(inner)):
        return None
    before = text[start - 1] if start else " "
    after = text[end + 1] if end + 1 < len(text) else " "
    if _TOUCHES.match(before) or before == "\\" or _TOUCHES.match(after):
        return None
    return _accept(inner, end + 1)


def _accept(latex: str, end: int) -> tuple[int, str] | None:
    latex = " ".join(latex.split())
    if not latex or len(latex) > _MAX_INLINE or _LOOSE_DOLLAR.search(latex) or latex.endswith("\\"):
        return None
    return end, latex


def in_dollars(pieces: Iterable[tuple[str, bool]]) -> str:
    """Pieces of a text in order, those marked as formulas in dollars.

    A space separates adjacent dollars: ``$$`` opens a displayed formula.
    """
    out: list[str] = []
    last = ""
    for piece, math in pieces:
        written = f"${piece}$" if math else piece
        if last.endswith("$") and written.startswith("$"):
            out.append(" ")
        out.append(written)
        last = written
    return "".join(out)


def without_tags(latex: str) -> str:
    """LaTeX in which no ``<`` can open an HTML tag, by a space after it that LaTeX ignores."""
    return _OPENS_TAG.sub("< ", latex)


def displayed(content: str) -> str:
    """LaTeX of a displayed formula without delimiters, on lines that are not Markdown markup."""
    latex = content.strip()
    for opening, closing in _PAIRS:
        if latex.startswith(opening) and latex.endswith(closing) and len(latex) >= 4:
            latex = latex[2:-2].strip()
    latex = _LOOSE_DOLLAR.sub(r"\\$", latex)
    lines = [line.strip() for line in latex.split("\n")]
    return without_tags(_MARKUP_LINE.sub(" ", "\n".join(line for line in lines if line)))


def tag(content: str) -> str | None:
    r"""The argument of ``\tag{}`` for a formula's number such as "(2.1)"; None if it is something else."""
    match = _NUMBER.fullmatch(content.strip())
    return match[1] if match else None
