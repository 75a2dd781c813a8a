"""An upright page with the results of the networks, before blocks are formed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from mineru_cli.embedded.geometry import Box, LineBox, Skew
from mineru_cli.embedded.ink import Mask, Rules, ink_mask, rules
from mineru_cli.embedded.layout.decoration import find_bands, find_leaders
from mineru_cli.embedded.layout.marks import Grey, darkness
from mineru_cli.embedded.layout.regions import Region
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.text.lines import find_skew

Peek = Callable[[Box], OcrReading]
"""Recognises one line in a box of the page. The image is small: the text suffices for marks and types."""


@dataclass(frozen=True, slots=True)
class UprightPage:
    """An upright page image with the results of the networks and of the analysis of its ink.

    Boxes are in the image's pixels. ``rules`` excludes underlines. ``fragments`` are the horizontal text
    runs, ``sideways`` the vertical ones. ``peek`` recognises a box, from the text layer where it has words
    there; ``look`` always recognises the picture and returns the positions of the characters. ``in_layer``
    is set if the page has a text layer: ``peek`` then costs next to nothing. ``leaders`` are the gaps between
    texts that drawn dots or lines fill, ``bands`` the coloured areas behind texts. ``stretch`` is the aspect
    ratio of the picture's pixels, width by height, where the text layer shows it.
    """

    image: Image.Image
    fragments: tuple[LineBox, ...]
    sideways: tuple[LineBox, ...]
    regions: tuple[Region, ...]
    skew: Skew
    dark: Grey
    mask: Mask
    rules: Rules
    peek: Peek
    look: Peek
    right_to_left: bool = False
    in_layer: bool = False
    stretch: float = 1.0
    leaders: tuple[Box, ...] = ()
    bands: tuple[Box, ...] = ()

    @property
    def width(self) -> float:
        """Of the image, pixels."""
        return float(self.image.width)

    @property
    def height(self) -> float:
        """Of the image, pixels."""
        return float(self.image.height)

    def texts_in(self, box: Box, share: float) -> list[Box]:
        """The boxes of the horizontal text runs of which more than ``share`` (0-1) lies in the box."""
        return [f.tight_box for f in self.fragments if f.tight_box.share_in(box) > share]

    def labelled(self, *labels: str) -> list[Region]:
        """The regions with one of these labels."""
        return [r for r in self.regions if r.label in labels]


def survey(
    image: Image.Image,
    fragments: Sequence[LineBox],
    regions: Sequence[Region],
    peek: Peek,
    look: Peek | None = None,
) -> UprightPage:
    """Analyse the page's ink and combine it with the results of the networks."""
    mask = ink_mask(image)
    found = rules(mask, horizontal=max(40, image.width // 25), vertical=max(30, image.height // 40))
    upright = tuple(f for f in fragments if f.upright or max(f.width, f.height) < 0.04 * image.height)
    lines = Rules(
        tuple(r for r in found.horizontal if not _underlines(r, upright)),
        tuple(r for r in found.vertical if not _is_letter(r, upright)),
    )
    texts = [f.tight_box for f in upright]
    return UprightPage(
        image=image,
        fragments=upright,
        sideways=tuple(f for f in fragments if f not in upright),
        regions=tuple(regions),
        skew=find_skew(upright),
        dark=darkness(image),
        mask=mask,
        rules=lines,
        peek=peek,
        look=look or peek,
        leaders=tuple(find_leaders(texts, mask)),
        bands=tuple(find_bands(image, texts)),
    )


def _underlines(rule: Box, fragments: Sequence[LineBox]) -> bool:
    """It is an underline (close below letters and not longer than they are) or a strikethrough."""
    for fragment in fragments:
        box = fragment.tight_box
        near = box.y0 + 0.3 * box.height < rule.cy < box.y1 + 0.12 * box.height
        if near and rule.overlap_x(box) > 0.85 * rule.width:
            return True
    return False


def _is_letter(rule: Box, fragments: Sequence[LineBox]) -> bool:
    """The rule is a stem of a letter in large type."""
    return any(rule.share_in(f.box) > 0.8 and rule.height < 1.3 * f.height for f in fragments)
