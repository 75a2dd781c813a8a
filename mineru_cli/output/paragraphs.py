"""Decides whether a block of text continues an earlier one over a column or page break."""

from __future__ import annotations

import re

from mineru_cli.output.elements import Part
from mineru_cli.output.geometry import width
from mineru_cli.output.prose import fold, is_cjk

_FINAL = frozenset(".!?:…。！？：")
_CLOSERS = "\"'”’»)]）】」』 "
_MARKER = re.compile(r"\(?[a-z][.)]\s|\S*(?:@|://)|www\.")
_SHORTEST = 30
_SHORTEST_CJK = 40
_TOLERANCE = 0.02
_WIDTH_RATIO = 0.65


def continues(last: Part, following: Part, *, interrupted: bool) -> bool:
    """Whether ``following`` continues the paragraph that ``last`` ends.

    The model's own mark decides where it is set. Otherwise: a break or a figure (``interrupted``) is between
    them, both are about equally wide, the first ends in mid-sentence and the second starts there. For
    neighbours in reading order without a heading between them.
    """
    if following.block.merge_prev:
        return True
    if last.block.type != "text" or following.block.type != "text":
        return False
    if not (interrupted or _over_border(last, following)) or not _alike(last, following):
        return False
    left, right = fold(last.content), fold(following.content)
    return bool(left and right) and _unfinished(left) and _starts_inside(left, right)


def _over_border(last: Part, following: Part) -> bool:
    """The next page, or the top of a column further right."""
    a, b = last.block.bbox, following.block.bbox
    return following.page != last.page or (b[0] >= a[2] - _TOLERANCE and b[1] < a[3])


def _alike(last: Part, following: Part) -> bool:
    a, b = width(last.block.bbox), width(following.block.bbox)
    return last.block.angle == following.block.angle and min(a, b) >= max(a, b) * _WIDTH_RATIO


def _unfinished(text: str) -> bool:
    bare = text.rstrip(_CLOSERS)
    return bool(bare) and bare[-1] not in _FINAL


def _starts_inside(left: str, right: str) -> bool:
    if right[0].islower():
        return len(left) >= _SHORTEST and not _MARKER.match(right)
    return (
        len(left) >= _SHORTEST_CJK
        and is_cjk(left[-1])
        and is_cjk(right[0])
        and right[0] not in "（【《「『第"
    )
