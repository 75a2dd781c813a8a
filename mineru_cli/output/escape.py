r"""Escaping of text that would otherwise be Markdown markup.

Only where CommonMark or GitHub's dialect would act: ``snake_case``, "3 < 5" and a
lone ``*`` stay as they are. Inline formulas pass through as ``$...$``.
"""

from __future__ import annotations

import re

from mineru_cli.output.formula import Segment, in_dollars, segments, without_tags

_SPECIAL = re.compile(r"[\\`*_~<&\]$]")
_LINE_START = re.compile(
    r"""
      (?: \#{1,6} | [-+*] ) (?=\s|$)      # heading, bullet
    | [>|]                                # quotation, table
    | \[ (?=[ xX]\]\s)                    # task
    | \d{1,9} (?P<mark>[.)]) (?=\s|$)     # numbered item
    | (?P<rule>[-_*]) (?:\ *(?P=rule)){2,}\ *$
    """,
    re.VERBOSE,
)
_UNDERLINE = re.compile(r"=+$|[-:|][-:| ]*$")
"""A line that would make the line above it a heading, or the head of a table."""
_ENTITY = re.compile(r"&#?\w{1,40};")
_CLOSING_HASHES = re.compile(r"(?:^|(?<=\s))#(?=#*$)")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\n")
_HARD_BREAK = "  \n"


def escape_text(text: str) -> str:
    """A paragraph, or the content of a list item. Line breaks in it are kept as hard breaks."""
    forced: set[int] = set()
    begin = 0
    for line in text.split("\n"):
        if start := _LINE_START.match(line):
            forced.add(begin + max(start.start(), start.start("mark")))
        elif begin and _UNDERLINE.match(line):
            forced.add(begin)
        begin += len(line) + 1
    return _escape(text, forced)


def escape_heading(text: str) -> str:
    """A folded text as the content of an ATX heading, where only a closing run of ``#`` is special."""
    closing = _CLOSING_HASHES.search(text)
    return _escape(text, {closing.start()} if closing else set())


def _escape(text: str, forced: set[int]) -> str:
    """Escape what is markup anywhere, and the characters at ``forced`` in any case."""
    # A single dollar in a text opens no formula.
    dollars = text.count("$") > 1 or "\\(" in text or "\\[" in text
    pieces = (
        (without_tags(segment.text), True)
        if segment.math
        else (_plain(text, segment, forced, dollars), False)
        for segment in segments(text)
    )
    return in_dollars(pieces).replace("\n", _HARD_BREAK)


def _plain(text: str, segment: Segment, forced: set[int], dollars: bool) -> str:
    special = (match.start() for match in _SPECIAL.finditer(text, segment.start, segment.end))
    marks = {at for at in special if _is_markup(text, at, dollars)}
    marks |= {at for at in forced if segment.start <= at < segment.end}
    out: list[str] = []
    done = segment.start
    for at in sorted(marks):
        out += (text[done:at], "\\")
        done = at
    out.append(text[done : segment.end])
    return "".join(out)


def _is_markup(text: str, at: int, dollars: bool) -> bool:
    """Whether the special character at ``at`` would be parsed as markup."""
    char = text[at]
    before = text[at - 1] if at else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    if char == "\\":
        return at + 1 == len(text) or after in _PUNCTUATION
    if char == "*":
        return not (before.isspace() and after.isspace())
    if char == "_":
        return not ((before.isspace() and after.isspace()) or (before.isalnum() and after.isalnum()))
    if char == "~":
        return not before.isspace()
    if char == "<":
        return after in "/!?" or (after.isascii() and after.isalpha())
    if char == "&":
        return _ENTITY.match(text, at) is not None
    if char == "]":
        return after in "(:["
    return char == "`" or (char == "$" and dollars)
