"""Layout of a page: which blocks it has, of what kind, and in which order they are read."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from PIL import Image

from mineru_cli.servers.embedded.detector import LineDetector
from mineru_cli.servers.embedded.geometry import Box, LineBox, Skew
from mineru_cli.servers.embedded.ink import Mask, Rules, ink_mask, rules
from mineru_cli.servers.embedded.lines import TextLine, find_skew, join_fragments
from mineru_cli.servers.embedded.order import reading_order
from mineru_cli.servers.embedded.orientation import DirectionClassifier, Turn, back, find_turn, turned
from mineru_cli.servers.embedded.paragraphs import Paragraph, group
from mineru_cli.servers.embedded.regions import Region, RegionDetector


@dataclass(frozen=True, slots=True)
class LayoutBlock:
    """One block: MinerU's type, box in the image's pixels, the turn that makes it upright."""

    type: str
    box: Box
    turn: Turn = 0
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What was found on an upright page before blocks are made of it."""

    image: Image.Image
    fragments: tuple[LineBox, ...]
    regions: tuple[Region, ...]
    skew: Skew
    mask: Mask
    rules: Rules


class LayoutAnalyser:
    """Finds the blocks of a page. Thread safe as far as its models are."""

    def __init__(
        self, lines: LineDetector, regions: RegionDetector, direction: DirectionClassifier
    ) -> None:
        self._lines = lines
        self._regions = regions
        self._direction = direction

    def analyse(self, image: Image.Image) -> list[LayoutBlock]:
        """Blocks of a page image in reading order; an empty list for a blank page."""
        fragments = self._lines.detect(image)
        turn = find_turn(image, fragments, self._direction)
        upright = turned(image, turn)
        if turn:
            fragments = self._lines.detect(upright)
        page = survey(upright, fragments, self._regions.detect(upright))
        return [
            LayoutBlock(b.type, back(b.box, turn, image.width, image.height), _sum(turn, b.turn), b.continues)
            for b in blocks_of(page)
        ]


def _sum(a: Turn, b: Turn) -> Turn:
    turns: tuple[Turn, ...] = (0, 90, 180, 270)
    return turns[(a + b) // 90 % 4]


def survey(image: Image.Image, fragments: list[LineBox], regions: list[Region]) -> Page:
    """Put together what the later steps need to know of an upright page."""
    mask = ink_mask(image)
    return Page(
        image,
        tuple(fragments),
        tuple(regions),
        find_skew(fragments),
        mask,
        rules(mask, horizontal=max(40, image.width // 25), vertical=max(30, image.height // 40)),
    )


TEXT_TYPES = {
    "text": "text",
    "reference": "text",
    "title": "title",
    "header": "header",
    "footer": "footer",
    "figure_caption": "image_caption",
    "table_caption": "table_caption",
    "equation": "equation",
}


def blocks_of(page: Page) -> list[LayoutBlock]:
    """Blocks of an upright page in reading order."""
    visual = [r for r in page.regions if r.label in ("figure", "table")]
    blocks = [LayoutBlock("image" if r.label == "figure" else "table", r.box) for r in visual]
    loose = [
        f for f in page.fragments if not any(f.box.share_in(r.box) > 0.6 for r in visual) and f.upright
    ]
    lines = join_fragments(loose, page.skew, gap=1.0, walls=page.rules.vertical)
    named = [_region_of(line, page.regions) for line in lines]
    paragraphs = group(lines, named, page.rules.horizontal)
    body = median(line.height for line in lines) if lines else 0.0
    blocks += [LayoutBlock(_type(p, page, body), p.box) for p in paragraphs]
    return [blocks[i] for i in reading_order([b.box for b in blocks])]


def _region_of(line: TextLine, regions: tuple[Region, ...]) -> int:
    shares = [line.box.share_in(r.box) for r in regions]
    best = max(range(len(regions)), key=lambda i: shares[i], default=-1)
    return best if best >= 0 and shares[best] > 0.5 else -1


def _type(paragraph: Paragraph, page: Page, body: float) -> str:
    if paragraph.region >= 0:
        return TEXT_TYPES.get(page.regions[paragraph.region].label, "text")
    if len(paragraph.lines) <= 3 and paragraph.height > 1.25 * body:
        return "title"
    return "text"
