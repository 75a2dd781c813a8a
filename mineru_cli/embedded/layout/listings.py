"""Program listings on a page: paragraphs in a monospaced font on a page that is mostly proportional. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.paragraphs import TextParagraph
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.text.flow import AGREE, pitch_of

_SIGNS = re.compile(r"[{}()=;<>\[\]_#/\\:]")
_ADDRESS = re.compile(r"[\w.}-]@[\w-]+\.\w|https?://|www\.")
"""E-mail and web addresses: often monospaced, but not a program."""

_BRACKETS = re.compile(r"^[\s{}()\[\];,]+$")

INNER = 0.7
"""Share of a listing inside another one from which it is a part of it."""

SHORT = 12.0
"""Line heights up to which a paragraph may be too short to show its pitch."""

FULL = 0.85
"""A line that reaches this share of the width of the page's text does not look like code, 0-1."""

ENOUGH = 24

Read = Callable[[Box], OcrReading]


def join_listings(paragraphs: Sequence[TextParagraph], read: Read) -> list[TextParagraph]:
    """The paragraphs; those of one listing are joined to one of type "code".

    Only paragraphs of short lines and a few lines of prose are recognised: on a monospaced page nothing is
    code.
    """
    body = [p for p in paragraphs if p.kind == "body" and not p.item]
    short = [p for p in body if _is_short(p, paragraphs)]
    pitches = {id(p): _pitch(p, read) for p in short}
    pitches |= _of_scraps(body, pitches, read)
    listings = [p for p in short if pitches[id(p)]]
    if not listings or _is_typewritten([p for p in body if p not in short], read):
        return list(paragraphs)
    result: list[TextParagraph] = []
    run: list[TextParagraph] = []
    for paragraph in paragraphs:
        if run and _continues(run[-1], paragraph, pitches):
            run.append(paragraph)
            continue
        result += _joined(run, read)
        run = [paragraph] if pitches.get(id(paragraph)) else []
        if not run:
            result.append(paragraph)
    return _with_inner(result + _joined(run, read))


def _with_inner(paragraphs: Sequence[TextParagraph]) -> list[TextParagraph]:
    """The paragraphs, a listing within another one as a part of it: its line numbers are a column apart."""
    result: list[TextParagraph] = []
    for paragraph in sorted(paragraphs, key=lambda p: p.kind != "code" or -p.level.area):
        outer = next((p for p in result if paragraph.level.share_in(p.level) > INNER), None)
        if paragraph.kind == "code" and outer is not None:
            whole = replace(
                outer, lines=tuple(sorted((*outer.lines, *paragraph.lines), key=lambda n: n.level.cy))
            )
            result[result.index(outer)] = whole
        else:
            result.append(paragraph)
    return result


def _is_short(paragraph: TextParagraph, paragraphs: Sequence[TextParagraph]) -> bool:
    """Most of its lines end well before the right edge of the surrounding text."""
    near = [p.level for p in paragraphs if p.level.overlap_x(paragraph.level) > 0.5 * paragraph.level.width]
    left, right = min(b.x0 for b in near), max(b.x1 for b in near)
    limit = left + FULL * (right - left)
    return sum(line.level.x1 < limit for line in paragraph.lines) > 0.5 * len(paragraph.lines)


def _pitch(paragraph: TextParagraph, read: Read) -> float | None:
    """Pitch of the widest line, from its first ``ENOUGH`` line heights."""
    box = max(paragraph.lines, key=lambda n: n.level.width).box
    part = Box(box.x0, box.y0, min(box.x1, box.x0 + ENOUGH * paragraph.height), box.y1)
    return pitch_of(read(part).offsets, part.width)


def _of_scraps(
    body: Sequence[TextParagraph], pitches: dict[int, float | None], read: Read
) -> dict[int, float | None]:
    """The pitch of a neighbour for short paragraphs: they have too few characters to show one.

    They stand between two that have it, or they are of brackets alone.
    """
    found: dict[int, float | None] = {}
    for paragraph in body:
        if pitches.get(id(paragraph)) or paragraph.level.width > SHORT * paragraph.height:
            continue
        near = [p for p in body if pitches.get(id(p)) and _is_near(p, paragraph)]
        between = len({p.level.cy < paragraph.level.cy for p in near}) == 2
        if near and (between or all(_BRACKETS.match(read(n.box).text.strip()) for n in paragraph.lines)):
            found[id(paragraph)] = pitches[id(near[0])]
    return found


def _is_near(one: TextParagraph, other: TextParagraph) -> bool:
    gap = max(one.level.y0 - other.level.y1, other.level.y0 - one.level.y1)
    return gap < 1.5 * max(one.height, other.height)


def _is_typewritten(prose: Sequence[TextParagraph], read: Read) -> bool:
    """Any of the widest paragraphs is monospaced: in a single one, merged spaces can hide the pitch."""
    widest = sorted(prose, key=lambda p: -p.level.width)[:3]
    return any(_pitch(paragraph, read) is not None for paragraph in widest)


def _continues(last: TextParagraph, paragraph: TextParagraph, pitches: dict[int, float | None]) -> bool:
    a, b = pitches.get(id(last)), pitches.get(id(paragraph))
    gap = paragraph.level.y0 - last.level.y1
    return bool(a and b and abs(a - b) < AGREE * a and -0.5 * last.height < gap < 3.5 * last.height)


def _joined(run: Sequence[TextParagraph], read: Read) -> list[TextParagraph]:
    """One paragraph of type "code", or the unchanged run when it does not look like a program."""
    lines = tuple(line for p in run for line in p.lines)
    if len(lines) < 2:
        return list(run)
    starts = {round((n.level.x0 - min(m.level.x0 for m in lines)) / n.height) for n in lines}
    if any(_ADDRESS.search(read(n.box).text) for n in lines):
        return list(run)
    signs = any(_SIGNS.search(read(max(p.lines, key=lambda n: n.level.width).box).text) for p in run)
    if not signs and (len(starts) < 2 or len(lines) < 3):
        return list(run)
    return [TextParagraph(lines, "code", median(p.stroke for p in run), column=run[0].column)]
