"""Pictures on a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]

from mineru_cli.embedded.geometry import Box, without_inner
from mineru_cli.embedded.ink import CONTRAST, Mask, Rules
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
    return without_inner(named + other)


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
    held = page.texts_in(box, 0.5)
    if sum(b.area for b in held) < LABEL * box.area:
        return False
    window = box.pixels(page.width, page.height)
    grey = np.asarray(page.image.convert("L"))[window]
    ground = grey[~_mask_of([b.grown(2, 2) for b in held], page)[window]]
    levels = np.bincount(ground // 8, minlength=32) if ground.size else np.ones(1)
    return bool(np.sort(levels)[-2:].sum() > FLAT * levels.sum())


def _ink_and_text(box: Box, page: UprightPage, *, rules: bool = True) -> tuple[int, int]:
    """Number of ink pixels in a box, and how many of them belong to letters or, with ``rules``, to rules.

    Leaders between the texts of a row, and coloured bands behind texts, count as letters.
    """
    places = [*(f.box for f in page.fragments), *page.leaders, *page.bands]
    if rules:
        places += _thick(page.rules)
    window = box.pixels(page.width, page.height)
    ink, text = page.mask[window], _mask_of(places, page)[window]
    return int(ink.sum()), int((ink & text).sum())


def _mask_of(places: Iterable[Box], page: UprightPage) -> Mask:
    """A mask of the page that is set in these boxes."""
    mask = np.zeros_like(page.mask)
    for place in places:
        mask[place.pixels(page.width, page.height)] = True
    return mask


def _thick(rules: Rules) -> list[Box]:
    """The rules with their blurred edges."""
    return [rule.grown(2, 2) for rule in (*rules.horizontal, *rules.vertical)]


def _blobs(page: UprightPage, taken: Sequence[Box]) -> list[Box]:
    """Large connected areas of ink that are not letters or rules and not in the boxes found already."""
    letters = [f.box.grown(1, 1) for f in (*page.fragments, *page.sideways)]
    ink = page.mask & ~_mask_of([*letters, *page.leaders, *page.bands, *_thick(page.rules), *taken], page)
    near = ndi.maximum_filter(ink[::2, ::2], REACH)
    labels, _ = ndi.label(near)
    found = []
    for window in ndi.find_objects(labels, 500):
        if window is None:
            continue
        box = Box(2 * window[1].start, 2 * window[0].start, 2 * window[1].stop, 2 * window[0].stop)
        if _is_large(box, page) and ink[box.pixels(page.width, page.height)].mean() > 0.04:
            found.append(box.grown(-REACH / 2, -REACH / 2))
    return found


def _is_large(box: Box, page: UprightPage) -> bool:
    whole = page.width * page.height
    edges = (box.x0 < 6) + (box.y0 < 6) + (box.x1 > page.width - 6) + (box.y1 > page.height - 6)
    slim = min(box.width / page.width, box.height / page.height) < 0.03
    return LEAST_AREA * whole < box.area < LARGEST_AREA * whole and not slim and edges < 2
