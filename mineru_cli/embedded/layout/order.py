"""Reading order of blocks on a page. Pure.

A block comes before another when it lies above it in the same column, or when it lies entirely to its left
and no block between them spans both columns (the two rules of T. Breuel, "High performance document layout
analysis", 2003). The order is a topological sort of that relation; ties are broken by vertical position.

A centred title above two columns often overlaps neither of the blocks below it. So a block in the middle of
the page, with no other block at its height, counts as wide as the page.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from statistics import median

from mineru_cli.embedded.geometry import Box, Strips, white_strips

TOUCH = 0.12
"""Share of the narrower block's width below which an overlap in x is ignored, 0-1."""


CENTRED = 0.04
"""Maximum distance of a centred block's middle from the page's middle, as a share of the page's width."""

PROSE_WIDTH, PROSE_LINES = 20.0, 2.5
"""Minimum width and height of a paragraph in a column, in line heights."""

ENTRY_WIDTH = 12.0
"""Minimum width of the entries of a list that forms a column, in line heights: labels are narrower."""

MARGIN = 0.4
"""Margins of a block at the sides of its letters, in line heights: gutters are as wide as between letters."""

LINE = 1.6
"""Maximum height of a single line with its margins, in line heights."""

HEADED = 2.0
"""Maximum white space between a heading and its text, in line heights."""


EQUAL = 2.0
"""Maximum ratio of the widths of columns whose headlines form a row."""


def reading_order(
    boxes: Sequence[Box], line: float = 0.0, width: float = 0.0, titles: Collection[int] = ()
) -> list[int]:
    """Indices of the boxes in reading order.

    ``line`` is the usual height of a text line, ``width`` the page's width, in pixels; 0 for unknown.
    ``titles`` are the indices of the headings.
    """
    boxes = [_spread(box, boxes, width) for box in boxes]
    boxes = [_as_wide_as_its_text(box, boxes, line) if n in titles else box for n, box in enumerate(boxes)]
    count = len(boxes)
    rows = _rows(boxes, line, titles)
    part = sections([box.grown(-MARGIN * line, 0) for box in boxes], titles)
    relation = _Precedence(boxes, rows)
    after = [
        [
            j
            for j in range(count)
            if i != j and (part[i] < part[j] if part[i] != part[j] else relation.holds(i, j))
        ]
        for i in range(count)
    ]
    waits_for = Counter(j for following in after for j in following)
    left = set(range(count))
    order: list[int] = []
    while left:
        free = [j for j in left if not waits_for[j]]
        # a cycle of overlapping blocks: continue with the topmost one
        pick = min(free or left, key=lambda j: (boxes[j].y0, boxes[j].x0))
        if free and order:
            pick = _next(boxes, order[-1], free, rows)
        order.append(pick)
        left.remove(pick)
        waits_for.subtract(after[pick])
    return order


def sections(boxes: Sequence[Box], titles: Collection[int] = ()) -> list[int]:
    """For each box the number of its section of the page, from top to bottom.

    A section ends where white space spans the whole page and no gutter continues, so the columns below
    differ. Boxes side by side in the middle of a page with columns are read after what is above them and
    before what is below. A row of headlines starts a section as well.
    """
    bands = _bands(boxes)
    strips = [white_strips(boxes[n] for n in band) for band in bands]
    starts: list[int] = []
    gutters: Strips = []
    for place, own in enumerate(strips):
        if own and _is_beside([boxes[n] for n in bands[place]], gutters):
            continue
        common = _common(gutters, own)
        if own and gutters and not common:
            starts.append(_first_of(place, bands, strips, boxes))
        elif own and gutters and _has_headlines(bands[place], boxes, titles, len(own) + 1):
            starts.append(place)
        spanned = not own and any(
            boxes[n].x0 < a and boxes[n].x1 > b for n in bands[place] for a, b in gutters
        )
        gutters = [] if spanned else common or own or gutters
    found = [0] * len(boxes)
    for place, band in enumerate(bands):
        for number in band:
            found[number] = sum(start <= place for start in starts)
    return found


def _is_beside(band: Sequence[Box], gutters: Strips) -> bool:
    """All of it stands in one column of those above: the others have ended or have white space there."""
    return any(all(box.x0 >= b for box in band) or all(box.x1 <= a for box in band) for a, b in gutters)


def _has_headlines(band: Sequence[int], boxes: Sequence[Box], titles: Collection[int], columns: int) -> bool:
    """It begins with headings side by side, one per column, whose upper edges are level, and nothing else.

    Their columns are about equally wide: headings of a side column and of the text may be level by chance.
    """
    heads = [boxes[n] for n in band if n in titles]
    top = min(boxes[n].y0 for n in band)
    heads = [head for head in heads if head.y0 - top < 0.3 * head.height]
    under = [boxes[n] for n in band if n not in titles]
    if len(heads) < columns or not all(any(h.overlap_x(b) > 0 and h.cy < b.y0 for h in heads) for b in under):
        return False
    widths = [_column_width(head, heads, boxes) for head in heads]
    return max(widths) < EQUAL * min(widths)


def _column_width(head: Box, heads: Sequence[Box], boxes: Sequence[Box]) -> float:
    """Width of the widest block below a heading that is not below another one too."""
    below = [b for b in boxes if b.cy >= head.cy and sum(b.overlap_x(h) > 0 for h in heads) == 1]
    return max(b.width for b in [head, *below] if b.overlap_x(head) > 0)


def _first_of(
    place: int, bands: Sequence[Sequence[int]], strips: Sequence[Strips], boxes: Sequence[Box]
) -> int:
    """The first band of the section that contains the band at ``place``.

    Earlier bands whose gutters fit both sections, such as headings, are split at the widest white space.
    """
    first, common = place, strips[place]
    whites = {place: _white(place, bands, boxes)}
    while first > 1 and strips[first - 1] and (common := _common(common, strips[first - 1])):
        first -= 1
        whites[first] = _white(first, bands, boxes)
    return max(whites, key=lambda n: whites[n])


def _white(place: int, bands: Sequence[Sequence[int]], boxes: Sequence[Box]) -> float:
    """White space between a band and the one above it, in pixels."""
    return min(boxes[n].y0 for n in bands[place]) - max(boxes[n].y1 for n in bands[place - 1])


def _bands(boxes: Sequence[Box]) -> list[list[int]]:
    """Indices of boxes that overlap vertically, directly or through others, from top to bottom."""
    bands: list[list[int]] = []
    end = float("-inf")
    for number in sorted(range(len(boxes)), key=lambda n: boxes[n].y0):
        if bands and boxes[number].y0 < end:
            bands[-1].append(number)
        else:
            bands.append([number])
        end = max(end, boxes[number].y1)
    return bands


def _common(some: Strips, others: Strips) -> Strips:
    """The intersections of both lists of strips."""
    pairs = [(max(a[0], b[0]), min(a[1], b[1])) for a in some for b in others]
    return [(low, high) for low, high in pairs if low < high]


def _spread(box: Box, boxes: Sequence[Box], width: float) -> Box:
    """The box, widened to the page if it is a heading of columns or separates them."""
    others = [b for b in boxes if b is not box]
    alone = not any(b.overlap_y(box) > 0.2 * min(b.height, box.height) for b in others)
    if not alone or abs(box.cx - width / 2) > CENTRED * width:
        return box
    above = [b for b in others if b.cy < box.cy]
    below = [b for b in others if b.cy > box.cy]
    heads = all(abs(b.cx - width / 2) <= CENTRED * width for b in above)
    if not heads and not (_has_gutter(above, box) and _has_gutter(below, box)):
        return box
    return Box(0, box.y0, width, box.y1)


def _as_wide_as_its_text(title: Box, boxes: Sequence[Box], line: float) -> Box:
    """The heading, as wide as the block close below it that it heads, unless something stands next to it."""
    others = [b for b in boxes if b is not title]
    if any(b.overlap_y(title) > 0.2 * min(b.height, title.height) for b in others):
        return title
    below = [b for b in others if -0.5 * line < b.y0 - title.y1 < HEADED * line and b.overlap_x(title) > 0]
    if len(below) != 1 or abs(below[0].x0 - title.x0) > line:
        return title
    return Box(title.x0, title.y0, max(title.x1, below[0].x1), title.y1)


def _has_gutter(boxes: Sequence[Box], box: Box) -> bool:
    """There are two neighbours in a row, and the box is above or below the white space between them."""
    for a in boxes:
        beside = [b for b in boxes if a.overlap_y(b) > 0 and a.x1 <= b.x0]
        if beside and a.x1 < box.x1 and box.x0 < min(b.x0 for b in beside):
            return True
    return False


def _next(boxes: Sequence[Box], last: int, free: Sequence[int], rows: Sequence[Box]) -> int:
    """The next block: in the current row or column if it has any left, else the topmost available one."""
    held = [row for row in rows if _is_in(boxes[last], row)]
    beside = [j for j in free if any(_is_in(boxes[j], row) for row in held)]
    if beside:
        return min(beside, key=lambda j: boxes[j].x0)
    column = [j for j in free if _share_column(boxes[last], boxes[j]) and boxes[j].cy > boxes[last].cy]
    return min(column or free, key=lambda j: (boxes[j].y0, boxes[j].x0))


def _is_in(box: Box, row: Box) -> bool:
    return row.y0 <= box.cy <= row.y1 and box.overlap_x(row) > 0


def _share_column(a: Box, b: Box) -> bool:
    return a.overlap_x(b) > TOUCH * min(a.width, b.width)


def _rows(boxes: Sequence[Box], line: float, titles: Collection[int] = ()) -> list[Box]:
    """Hulls of rows of small blocks side by side: letter heads, key figures.

    Two blocks form a row when both edges agree within half a line, they are not paragraphs of prose, white
    space spans the whole page below them, and they are neither headings of columns nor the text under such
    headings. A single line with nothing else in its column, a date at the right edge, always forms one.
    """
    rows = []
    heads_of_columns = [boxes[n] for n in titles]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            level = abs(a.y0 - b.y0) < 0.5 * line and abs(a.y1 - b.y1) < 0.5 * line
            if not level or a.overlap_x(b) >= 0 or not (_is_small(a, line) and _is_small(b, line)):
                continue
            bottom = max(a.y1, b.y1)
            blank = not any(c.y0 < bottom + 0.4 * line and c.y1 > bottom + 0.1 * line for c in boxes)
            heads = _heads(a, b, boxes, line) and _heads(b, a, boxes, line)
            ends = _ends_column(a, b, boxes, line) and _ends_column(b, a, boxes, line)
            headed = _is_headed(a, b, heads_of_columns, line) and _is_headed(b, a, heads_of_columns, line)
            lone = _is_lone(a, b, boxes, line) or _is_lone(b, a, boxes, line)
            if lone or (blank and not heads and not ends and not headed):
                rows.append(a.union(b))
    return rows


def _is_lone(box: Box, other: Box, boxes: Sequence[Box], line: float) -> bool:
    """A line on the right of another one, with no block near it that is not below or above both."""
    if box.x0 < other.x1 or max(box.height, other.height) > LINE * line:
        return False
    near = box.grown(0, LINE * line)
    return not any(
        c.overlap_y(near) > 0 and c.overlap_x(box) > 0 and c.overlap_x(other) <= 0
        for c in boxes
        if c is not box and c is not other
    )


def _is_small(box: Box, line: float) -> bool:
    """It is at most eight lines high and not a paragraph of a column."""
    return box.height < 8 * line and not (box.width > PROSE_WIDTH * line and box.height > PROSE_LINES * line)


def _heads(box: Box, other: Box, boxes: Sequence[Box], line: float) -> bool:
    """It is a heading: the blocks close below have several lines together, and none is below ``other``."""
    end, high = box.y1, 0.0
    for below in sorted(
        (c for c in boxes if c.y0 >= box.y1 - 1 and _stand_in_column(c, box)), key=lambda c: c.y0
    ):
        if below.y0 - end > HEADED * line or _stand_in_column(below, other):
            break
        end, high = below.y1, high + below.height
    return high >= PROSE_LINES * line


def _stand_in_column(a: Box, b: Box) -> bool:
    """They overlap by more than the margins of a heading next to a narrow gutter."""
    return a.overlap_x(b) > 0.25 * min(a.width, b.width)


def _is_headed(box: Box, other: Box, heads: Sequence[Box], line: float) -> bool:
    """A heading close above it is not above ``other``."""
    return any(
        -0.5 * line < box.y0 - head.y1 < HEADED * line
        and _stand_in_column(head, box)
        and not _stand_in_column(head, other)
        for head in heads
    )


def _ends_column(box: Box, other: Box, boxes: Sequence[Box], line: float) -> bool:
    """It ends a column: the blocks close above have several lines together and are not above ``other``.

    Single lines above one another count if they are wide: labels and their values are rows.
    """
    top, high, widths = box.y0, 0.0, [box.width]
    above = [c for c in boxes if c.y1 <= box.y0 + 0.5 * line and c.overlap_x(box) > 0 and c is not box]
    for last in sorted(above, key=lambda c: -c.y1):
        if top - last.y1 > 0.5 * line or last.overlap_x(other) > 0:
            break
        if last.height >= PROSE_LINES * line:
            return True
        top, high, widths = last.y0, high + last.height, [*widths, last.width]
    return high >= PROSE_LINES * line and median(widths) > ENTRY_WIDTH * line


class _Precedence:
    """The relation "comes before" among the boxes of a section.

    A set of boxes is an integer with one bit per box, by their centres from top to bottom. Each pair of boxes
    is compared with those between the two, and a page of labels has hundreds.
    """

    def __init__(self, boxes: Sequence[Box], rows: Sequence[Box]) -> None:
        self._boxes = boxes
        self._downwards = sorted(box.cy for box in boxes)
        by_height = sorted(boxes, key=lambda box: box.cy)
        self._columns = [_bits(_share_column(box, other) for other in by_height) for box in boxes]
        self._near_rows = [_bits(box.overlap_x(row) > 0 for row in rows) for box in boxes]
        self._in_rows = [_bits(_is_in(box, row) for row in rows) for box in boxes]

    def holds(self, i: int, j: int) -> bool:
        a, b = self._boxes[i], self._boxes[j]
        # A row next to the column of one of them says nothing.
        if self._near_rows[i] & self._near_rows[j] & (self._in_rows[i] ^ self._in_rows[j]):
            return a.cy < b.cy
        if _share_column(a, b):
            return a.cy < b.cy if a.overlap_y(b) <= 0.5 * min(a.height, b.height) else a.cx < b.cx
        if a.cx >= b.cx:
            return False
        return a.overlap_y(b) > 0 or not self._columns[i] & self._columns[j] & self._between(a, b)

    def _between(self, a: Box, b: Box) -> int:
        """The boxes whose centres lie vertically between those of a and b."""
        high, low = sorted((a.cy, b.cy))
        first, end = bisect_right(self._downwards, high), bisect_left(self._downwards, low)
        return (1 << end) - 1 >> first << first


def _bits(flags: Iterable[bool]) -> int:
    """The flags as an integer, the first one as its lowest bit."""
    return sum(1 << place for place, flag in enumerate(flags) if flag)
