"""The interface of reply readers, and the picture that they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from mineru_cli.domain.block import BBox, Block

WHOLE_PAGE: BBox = (0.0, 0.0, 1.0, 1.0)
"""The box of a block whose box is unknown."""


@dataclass(frozen=True, slots=True)
class SeenPage:
    """The picture that was sent: ``width`` and ``height`` in pixels.

    ``scale`` is the value of a full side in the model's boxes; None when boxes are in pixels.
    """

    width: int
    height: int
    scale: float | None = None

    def bbox(self, numbers: Sequence[float]) -> BBox | None:
        """Left, top, right, bottom in the model's units as shares of the page; None when they are not a box.

        Corners may be in either order; the box is clipped to the page.
        """
        if len(numbers) != 4:
            return None
        across, down = (self.scale, self.scale) if self.scale else (self.width, self.height)
        x0, x1 = sorted(min(1.0, max(0.0, x / across)) for x in (numbers[0], numbers[2]))
        y0, y1 = sorted(min(1.0, max(0.0, y / down)) for y in (numbers[1], numbers[3]))
        return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


class Reader(Protocol):
    """Parses one reply format. It never raises, and no text of a reply is lost."""

    def usable(self, text: str) -> bool:
        """Whether the reply has this format. An empty one has: the page may be blank."""
        ...

    def blocks(self, text: str, seen: SeenPage, most_blocks: int) -> list[Block]:
        """At most ``most_blocks`` blocks, in the reply's order."""
        ...

    def turn(self, text: str) -> int:
        """Degrees (0, 90, 180, 270) clockwise by which the model asks for the page to be rotated."""
        ...


def unless_empty(block: Block) -> Iterator[Block]:
    """The block, if it has any content."""
    if block.content:
        yield block


class Upright:
    """Mixin for readers of models that do not report a rotation."""

    def turn(self, text: str) -> int:
        """See ``Reader``."""
        return 0
