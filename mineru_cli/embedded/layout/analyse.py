"""Layout of a page: its blocks, their types and their reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import pairwise

from PIL import Image

from mineru_cli.embedded.geometry import Box, LineBox, hull
from mineru_cli.embedded.layout.continuation import continuing
from mineru_cli.embedded.layout.formulas import find_formulas
from mineru_cli.embedded.layout.gutters import find_gutters
from mineru_cli.embedded.layout.kinds import Body, beside_numbers, body_of, classify_block, with_a_body
from mineru_cli.embedded.layout.line_numbers import line_numbers
from mineru_cli.embedded.layout.listings import join_listings
from mineru_cli.embedded.layout.marks import first_word, is_dot, lead, stroke_width
from mineru_cli.embedded.layout.order import reading_order
from mineru_cli.embedded.layout.orientation import Turn, back, find_turn, turned
from mineru_cli.embedded.layout.page import UprightPage, survey
from mineru_cli.embedded.layout.page_text import PageText
from mineru_cli.embedded.layout.paragraphs import (
    TextParagraph,
    Traits,
    group,
    group_right_to_left,
    with_measure,
)
from mineru_cli.embedded.layout.pictures import find_figures
from mineru_cli.embedded.layout.regions import RegionDetector
from mineru_cli.embedded.layout.tables import find_tables, ruled_tables
from mineru_cli.embedded.ocr.detector import LineDetector
from mineru_cli.embedded.ocr.recogniser import OcrReading, Recogniser, cut
from mineru_cli.embedded.text.joining import is_bullet, is_counter, opens_item
from mineru_cli.embedded.text.layer_words import page_words, run_downwards
from mineru_cli.embedded.text.lines import TextLine, join_fragments, text_line, without_nested
from mineru_cli.pages.page import Word

HUGE = 0.1
"""A text run thicker than this share of the page's shorter side is usually a picture: it must be readable."""

UPRIGHT_WORDS = 3
"""A page whose text layer has at least this number of upright words is upright."""

PROOF = 0.8
"""Minimum confidence with which such a run is recognised as text, 0-1."""

DOTS = ("....", ". . .", "……")
"""How text that leads to a number ends, and how leaders begin that are a text of their own."""

FIRST_LETTERS, FIRST_WORD = 2.5, 10.0
"""Line heights behind a mark that are read to see that text follows; the second where a long word does."""

MARGIN = 0.3
"""Line heights at both ends of a line that may show its neighbours: its stroke is measured without them."""

_TELLING = frozenset({"title", "figure_caption", "table_caption", "header", "footer"})
"""Labels of the network that are evidence for the type of a line. Formulas are found by their text."""

_TAKEN_IN = 0.5
"""Share of a block inside a list's hull above which readers would take it for one of the list's items."""


@dataclass(frozen=True, slots=True)
class LayoutBlock:
    """One block: MinerU's type, box in the image's pixels, the rotation that makes it upright.

    ``continues`` is set when its text continues that of the previous text block.
    """

    type: str
    box: Box
    turn: Turn = 0
    continues: bool = False


class LayoutAnalyser:
    """Finds the blocks of a page. Thread-safe if its models are."""

    def __init__(self, lines: LineDetector, regions: RegionDetector, recogniser: Recogniser) -> None:
        self._lines = lines
        self._regions = regions
        self._recogniser = recogniser

    def analyse(self, image: Image.Image, words: Sequence[Word] = ()) -> list[LayoutBlock]:
        """Blocks of a page image in reading order; an empty list for a blank page.

        ``words`` are the upright words of the text layer, where the page has one that can be trusted.
        """
        fragments = self._lines.detect(image)
        known = page_words(words, image.width, image.height)
        text = PageText(known)
        turn: Turn = 0
        if len(known) >= UPRIGHT_WORDS and not run_downwards(known):
            fragments = text.fragments(fragments)
        else:
            text = PageText(())
            turn = find_turn(image, [f for f in fragments if not _is_huge(f, image)], self._confidence)
        upright = turned(image, turn)
        if turn:
            fragments = self._lines.detect(upright)
        look = lru_cache(maxsize=None)(partial(self._look, upright))

        def peek(box: Box) -> OcrReading:
            return text.read(box) or look(box)

        fragments = [f for f in fragments if not _is_huge(f, upright) or _is_proven(peek(f.tight_box))]
        page = survey(upright, fragments, self._regions.detect(upright), peek, look)
        page = replace(
            page,
            right_to_left=text.right_to_left,
            in_layer=text.has_words,
            stretch=text.stretch,
        )
        return [
            LayoutBlock(b.type, back(b.box, turn, image.width, image.height), _sum(turn, b.turn), b.continues)
            for b in blocks_of(page)
        ]

    def _confidence(self, strips: Sequence[Image.Image]) -> float:
        readings = self._recogniser.read(strips, _go_on)
        return sum(r.score for r in readings if r.text.strip()) / len(readings)

    def _look(self, image: Image.Image, box: Box) -> OcrReading:
        line = LineBox(box.cx, box.cy, box.width + 4, 1.3 * box.height)
        return self._recogniser.read([cut(image, line)], _go_on)[0]


def _is_huge(line: LineBox, image: Image.Image) -> bool:
    return min(line.width, line.tight) > HUGE * min(image.size)


def _is_proven(reading: OcrReading) -> bool:
    return reading.score > PROOF and len(reading.text.strip()) > 1


def _go_on() -> None:
    """A checkpoint that never raises: layout is short, so it is not cancelled half-way."""


def _sum(a: Turn, b: Turn) -> Turn:
    turns: tuple[Turn, ...] = (0, 90, 180, 270)
    return turns[(a + b) // 90 % 4]


def blocks_of(page: UprightPage) -> list[LayoutBlock]:
    """Blocks of an upright page in reading order."""
    ruled = ruled_tables(page.rules)
    numbers = line_numbers(
        [f for f in page.fragments if not any(f.tight_box.share_in(box) > 0.5 for box in ruled)],
        lambda line: page.peek(line.tight_box).text,
    )
    page = replace(page, fragments=tuple(f for f in page.fragments if f not in numbers))
    tables = find_tables(page)
    figures = find_figures(page, tables)
    visuals = [("table", b) for b in tables] + [("image", b) for b in figures]
    lines = _lines(page, [*(box for _, box in visuals), *(n.tight_box for n in numbers)])
    marks = [_item_mark(line, page) for line in lines]
    formulas = find_formulas(lines, page, {n for n, mark in enumerate(marks) if is_bullet(mark)})
    in_formulas = {id(line) for formula in formulas for line in formula.lines}
    outside = [n for n, line in enumerate(lines) if id(line) not in in_formulas]
    lines, marks = [lines[n] for n in outside], [marks[n] for n in outside]
    walls = [r for r in page.rules.horizontal if not any(r.share_in(box) > 0.5 for _, box in visuals)]
    traits = [_traits(line, page, item=opens_item(m, marks)) for line, m in zip(lines, marks, strict=True)]
    grouped = group_right_to_left if page.right_to_left else group
    paragraphs = join_listings(grouped(lines, traits, walls), page.look)
    body = body_of(paragraphs)
    found: list[tuple[LayoutBlock, TextParagraph | None]] = [
        (LayoutBlock(kind, box), None) for kind, box in visuals
    ]
    found += [
        (LayoutBlock("equation", formula.box.grown(3, 3).clipped(page.width, page.height)), None)
        for formula in formulas
    ]
    found += _texts(paragraphs, page, body, visuals)
    found += [(block, None) for block in _sideways(page, visuals)]
    if numbers:
        found.append((LayoutBlock("aside_text", hull(n.tight_box for n in numbers)), None))
    titles = {n for n, (block, _) in enumerate(found) if block.type == "title"}
    order = reading_order([_level(block, page) for block, _ in found], body.height, page.width, titles)
    return with_lists(_with_continuations([found[i] for i in order], page))


def _with_continuations(
    found: Sequence[tuple[LayoutBlock, TextParagraph | None]], page: UprightPage
) -> list[LayoutBlock]:
    blocks = [block for block, _ in found]
    continued = continuing([p for _, p in found], [b.type for b in blocks], lambda box: page.peek(box).text)
    return [replace(block, continues=index in continued) for index, block in enumerate(blocks)]


def _level(block: LayoutBlock, page: UprightPage) -> Box:
    return page.skew.level_box(block.box)


def _lines(page: UprightPage, taken: Sequence[Box]) -> list[TextLine]:
    """Text lines outside tables and figures, including bullets on their left."""
    loose = [f for f in page.fragments if not any(f.tight_box.share_in(box) > 0.6 for box in taken)]
    loose = without_nested(loose)
    led = [page.skew.level_box(gap) for gap in page.leaders]
    dots = {f for f in loose if page.in_layer and page.peek(f.tight_box).text.startswith(DOTS)}
    sides = [Box(x, band.y0, x, band.y1) for band in page.bands for x in (band.x0, band.x1)]
    lines = join_fragments(
        loose,
        page.skew,
        gap=1.3,
        walls=[
            *page.rules.vertical,
            *sides,
            *find_gutters([page.skew.level(f) for f in loose if f not in dots]),
        ],
        is_counter=lambda f: is_counter(page.peek(f.tight_box).text),
        is_leader=lambda f: page.peek(f.tight_box).text.rstrip().endswith(DOTS),
        dots=dots,
        is_led=lambda a, b: any(g.x0 <= a.x1 + 2 and b.x0 - 2 <= g.x1 and g.overlap_y(a) > 0 for g in led),
    )
    other = [*(line.box for line in lines), *page.rules.vertical, *taken]
    return [_with_mark(line, page, other) for line in lines]


def _with_mark(line: TextLine, page: UprightPage, other: Sequence[Box]) -> TextLine:
    """The line, extended to the left by a bullet that the detector missed."""
    mark = lead(page.dark, line.box, page.stretch)
    if mark is None or mark.x0 >= line.box.x0 - 2:
        return line
    place = Box(mark.x0, line.box.y0, mark.x1, line.box.y1)
    if any(box.intersection(place) > 0 for box in other if box != line.box):
        return line
    dot = LineBox((mark.x0 + mark.x1) / 2, line.parts[0].cy, mark.x1 - mark.x0, line.parts[0].height)
    return text_line((dot, *line.parts), page.skew)


def _traits(line: TextLine, page: UprightPage, *, item: bool) -> Traits:
    return Traits(
        _kind(line, page),
        stroke_width(page.dark, line.box.grown(-MARGIN * line.height, 0)),
        first_word(page.dark, line.box, page.stretch),
        item,
    )


def _kind(line: TextLine, page: UprightPage) -> str:
    shares = [(line.box.share_in(r.box), r.label) for r in page.regions if r.label not in ("figure", "table")]
    share, label = max(shares, default=(0.0, "text"))
    return label if share > 0.5 and label in _TELLING else "body"


def _item_mark(line: TextLine, page: UprightPage) -> str:
    """The text at the start of a line that has a separate mark in front; empty for other lines."""
    mark = lead(page.dark, line.box, page.stretch)
    if mark is None:
        return ""

    def start(reach: float) -> str:
        end = min(line.box.x1, mark.text + reach * line.height)
        return page.peek(Box(mark.x0, line.box.y0, end, line.box.y1)).text.strip()

    text = start(FIRST_LETTERS)
    if is_counter(text):
        return start(FIRST_WORD)
    drawn = is_dot(page.dark, mark, line.box) and text[1:2] != " "
    if not drawn or not (text or start(FIRST_WORD))[:1].isalnum():
        return text
    return f"• {text or start(FIRST_WORD)}"


def _texts(
    paragraphs: Sequence[TextParagraph], page: UprightPage, body: Body, visuals: Sequence[tuple[str, Box]]
) -> list[tuple[LayoutBlock, TextParagraph | None]]:
    found: list[tuple[LayoutBlock, TextParagraph | None]] = []
    kinds = [classify_block(p, page, body, visuals) for p in paragraphs]
    kinds = beside_numbers(kinds, [p.box for p in paragraphs], page.height)
    kinds = kinds if visuals else with_a_body(kinds)
    for paragraph, kind in zip(paragraphs, kinds, strict=True):
        box = paragraph.box
        if kind == "text":
            box = with_measure(paragraph, paragraphs, [b for _, b in visuals])
        margin = 0.14 * paragraph.height
        block = LayoutBlock(kind, box.grown(2 * margin, margin).clipped(page.width, page.height))
        found.append((block, paragraph))
    return found


def _sideways(page: UprightPage, visuals: Sequence[tuple[str, Box]]) -> list[LayoutBlock]:
    """Vertical text on an upright page."""
    loose = [f.box for f in page.sideways if not any(f.box.share_in(b) > 0.5 for _, b in visuals)]
    return [LayoutBlock("aside_text", box.clipped(page.width, page.height), 270) for box in loose]


def with_lists(blocks: Sequence[LayoutBlock]) -> list[LayoutBlock]:
    """The blocks with a ``list`` block before each run of two or more list items; single items become text.

    A run that continues in another column gets one ``list`` per column: a single one would enclose the
    paragraphs between them.
    """
    result: list[LayoutBlock] = []
    run: list[LayoutBlock] = []
    for block in [*blocks, None]:
        if block is not None and block.type == "list_item":
            run.append(block)
            continue
        if len(run) > 1:
            for items in _without_others(run, [b.box for b in blocks if b.type == "text"]):
                result.append(LayoutBlock("list", hull(b.box for b in items), items[0].turn))
                result += items
        else:
            result += [LayoutBlock("text", b.box, b.turn) for b in run]
        run = []
        if block is not None:
            result.append(block)
    return result


def _without_others(run: Sequence[LayoutBlock], others: Sequence[Box]) -> list[list[LayoutBlock]]:
    """The items, split where one begins a column or where their hull would contain another block."""
    groups = [[run[0]]]
    for before, item in pairwise(run):
        around = hull(b.box for b in [*groups[-1], item])
        above = item.box.y0 < before.box.y0 and item.box.x0 > before.box.x1
        if above or any(other.share_in(around) > _TAKEN_IN for other in others):
            groups.append([item])
        else:
            groups[-1].append(item)
    return groups
