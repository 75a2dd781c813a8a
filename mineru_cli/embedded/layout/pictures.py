"""Pictures on a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.ink import CONTRAST
from mineru_cli.embedded.layout.page import UprightPage
from mineru_cli.embedded.layout.regions import Region

REACH = 9
"""Ink within this number of pixels is connected."""

LEAST_AREA = 0.004
LARGEST_AREA = 0.9
FILLED = 0.2
"""Share of the area with ink above which a page without text is one picture, 0-1."""

TEXT_SHARE = 0.75
"""A figure region whose ink is text to this share is not a figure, 0-1."""


CERTAIN, DRAWN = 0.9, 0.5
"""Score of a figure from which frames and axes count for it, and the maximum share of letters in its ink."""

LABEL = 0.15
"""Share of a box that text fills, above which the box may be a label, 0-1."""

FLAT = 0.95
"""Share of a label's background that has one of two greys, its own and the surrounding one, 0-1."""


def find_figures(page: UprightPage, tables: Sequence[Box]) -> list[Box]:
    """Boxes of pictures: figure regions that are not text, and other large areas of ink."""
    named = [
        r.box
        for r in page.labelled("figure")
        if _is_picture(r, page) and not any(_same_place(r.box, t) for t in tables)
    ]
    if not page.fragments and _is_one_picture(page):
        return [Box(0, 0, page.width, page.height)]
    other = [b for b in _blobs(page, [*tables, *named]) if not any(b.share_in(n) > 0.3 for n in named)]
    return _apart(named + other)


def _is_one_picture(page: UprightPage) -> bool:
    grey = np.asarray(page.image.convert("L"), np.int16)
    return bool((np.abs(grey - np.median(grey)) > CONTRAST).mean() > FILLED)


def _same_place(box: Box, table: Box) -> bool:
    return box.intersection(table) > 0.5 * min(box.area, table.area)


def _is_picture(region: Region, page: UprightPage) -> bool:
    """Its ink shows more than text, or the network is sure and the ink is lines rather than letters."""
    if shows_more_than_text(region.box, page):
        return True
    ink, letters = _ink_and_text(region.box, page, rules=False)
    drawn = letters < DRAWN * ink and page.rules.inside(region.box).vertical != ()
    return region.score > CERTAIN and drawn


def shows_more_than_text(box: Box, page: UprightPage) -> bool:
    """A considerable part of the ink in the box is neither letters nor ruling lines."""
    ink, text = _ink_and_text(box, page)
    return ink > 0 and text < TEXT_SHARE * ink and not _is_label(box, page)


def _is_label(box: Box, page: UprightPage) -> bool:
    """Text that fills a considerable part of a box of one colour."""
    held = [f.tight_box for f in page.fragments if f.tight_box.share_in(box) > 0.5]
    if sum(b.area for b in held) < LABEL * box.area:
        return False
    rows, columns = _window(box, page)
    grey = np.asarray(page.image.convert("L"), np.int16)[rows, columns]
    blank = np.ones(grey.shape, bool)
    for b in held:
        inner = b.grown(2, 2).shifted(-columns.start, -rows.start).clipped(grey.shape[1], grey.shape[0])
        blank[int(inner.y0) : round(inner.y1), int(inner.x0) : round(inner.x1)] = False
    levels = np.bincount(grey[blank] // 8, minlength=32) if blank.any() else np.ones(1)
    return bool(np.sort(levels)[-2:].sum() > FLAT * levels.sum())


def _ink_and_text(box: Box, page: UprightPage, *, rules: bool = True) -> tuple[int, int]:
    """Number of ink pixels in a box, and how many of them belong to letters or, with ``rules``, to rules.

    Leaders between the texts of a row, and coloured bands behind texts, count as letters.
    """
    window = _window(box, page)
    letters = np.zeros_like(page.mask[window])
    for place in [*(f.box for f in page.fragments), *page.leaders, *page.bands]:
        if place.intersection(box) > 0:
            inner = place.shifted(-window[1].start, -window[0].start).clipped(
                letters.shape[1], letters.shape[0]
            )
            letters[int(inner.y0) : round(inner.y1), int(inner.x0) : round(inner.x1)] = True
    lines = (*page.rules.horizontal, *page.rules.vertical) if rules else ()
    for rule in lines:
        if rule.intersection(box.grown(2, 2)) > 0:
            inner = rule.grown(2, 2).shifted(-window[1].start, -window[0].start)
            inner = inner.clipped(letters.shape[1], letters.shape[0])
            letters[int(inner.y0) : round(inner.y1), int(inner.x0) : round(inner.x1)] = True
    ink = page.mask[window]
    return int(ink.sum()), int((ink & letters).sum())


def _window(box: Box, page: UprightPage) -> tuple[slice, slice]:
    inside = box.clipped(page.width, page.height)
    return slice(int(inside.y0), round(inside.y1)), slice(int(inside.x0), round(inside.x1))


def _blobs(page: UprightPage, taken: Sequence[Box]) -> list[Box]:
    """Large connected areas of ink that are not letters or rules and not in the boxes found already."""
    ink = page.mask.copy()
    covered = [f.box.grown(1, 1) for f in (*page.fragments, *page.sideways)]
    thin = [r.grown(2, 2) for r in (*page.rules.horizontal, *page.rules.vertical)]
    covered += [*page.leaders, *page.bands]
    for box in [*covered, *thin, *taken]:
        ink[_window(box, page)] = False
    near = ndi.maximum_filter(ink[::2, ::2], REACH)
    labels, _ = ndi.label(near)
    found = []
    for window in ndi.find_objects(labels, 500):
        if window is None:
            continue
        box = Box(2 * window[1].start, 2 * window[0].start, 2 * window[1].stop, 2 * window[0].stop)
        if _is_large(box, page) and ink[_window(box, page)].mean() > 0.04:
            found.append(box.grown(-REACH / 2, -REACH / 2))
    return found


def _is_large(box: Box, page: UprightPage) -> bool:
    whole = page.width * page.height
    edges = (box.x0 < 6) + (box.y0 < 6) + (box.x1 > page.width - 6) + (box.y1 > page.height - 6)
    slim = min(box.width / page.width, box.height / page.height) < 0.03
    return LEAST_AREA * whole < box.area < LARGEST_AREA * whole and not slim and edges < 2


def _apart(boxes: Sequence[Box]) -> list[Box]:
    """The boxes, largest first, without those mostly inside another one."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda b: -b.area):
        if not any(box.share_in(k) > 0.5 for k in kept):
            kept.append(box)
    return kept
