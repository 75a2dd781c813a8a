"""Crops of blocks as the MinerU2.5 model expects them.

The pixels are those of ``MinerUClientHelper.prepare_for_extract``. It would make an RGB copy of the whole
page and hold all crops at once; here a page without colour stays grey, and one crop exists at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mineru_cli.pages.pixels.packed_image import to_greyscale_if_colourless
from mineru_cli.recipes import vl
from mineru_cli.recipes.figures import region

if TYPE_CHECKING:
    from PIL import Image

_NEVER_ASKED = frozenset({"list", "equation_block", "image_block"})
_PICTURES = frozenset({"image", "chart"})
_TURNED = (90, 180, 270)


@dataclass(frozen=True, slots=True)
class Crop:
    """A block to request: its index, and its picture (mode "L" when it has no colour)."""

    number: int
    image: Image.Image


def drop_inner_captions(blocks: list[Any]) -> list[Any]:
    """The blocks without captions inside a picture: those are part of it."""
    inner = vl.helper()._find_covered_block_indices(
        blocks,
        candidate_types={"image_caption"},
        container_types=vl.library().IMAGE_CAPTION_CONTAINER_TYPES,
    )
    return [block for number, block in enumerate(blocks) if number not in inner]


def crops(
    page: Image.Image, blocks: list[Any], skip: set[int] | frozenset[int], *, image_analysis: bool
) -> Iterator[Crop]:
    """The crops of all blocks that need the model, but those in ``skip``.

    Pictures and charts are included with ``image_analysis``, and only those that stand alone.

    Pictures inside tables are masked by a token and marked as absorbed, as the model expects.
    """
    client = vl.library()
    tables = [number for number, block in enumerate(blocks) if block.type == "table"]
    pictures_in = client.build_table_image_map(blocks, threshold=0.9, table_indices=tables)
    client.mark_absorbed_table_images(blocks, sorted({n for inner in pictures_in.values() for n in inner}))
    framed = _framed_pictures(blocks)
    for number, block in enumerate(blocks):
        if block.type in _NEVER_ASKED or number in skip:
            continue
        if block.type in _PICTURES and not (image_analysis and _stands_alone(number, block, framed)):
            continue
        image = region(page, block.bbox)
        if image is None:
            continue
        if pictures_in.get(number):
            image = _masked_table(page, block, [(n, blocks[n]) for n in pictures_in[number]])
        elif block.angle in _TURNED:
            image = image.rotate(block.angle, expand=True)
        yield Crop(number, _as_model_wants(image))


def _framed_pictures(blocks: list[Any]) -> set[int]:
    found: set[int] = vl.helper()._find_covered_block_indices(
        blocks, candidate_types=set(_PICTURES), container_types={"image_block"}
    )
    return found


def _stands_alone(number: int, block: Any, framed: set[int]) -> bool:
    """A picture large enough to show something, that is in no group of several and in no table."""
    if number in framed or (block.type == "image" and vl.library().is_absorbed_table_image(block)):
        return False
    return bool(vl.helper()._is_eligible_for_image_analysis(block))


def _masked_table(page: Image.Image, table: Any, pictures: list[tuple[int, Any]]) -> Image.Image:
    client = vl.library()
    page = client.get_rgb_image(page)
    image, tokens = client.mask_and_encode_table_image(page, table, pictures, region(page, table.bbox))
    if tokens:
        table[client.TABLE_IMAGE_TOKEN_MAP_KEY] = tokens
    result: Image.Image = image
    return result


def _as_model_wants(image: Image.Image) -> Image.Image:
    helper = vl.helper()
    narrow = max(image.size) > helper.max_image_edge_ratio * min(image.size)
    if narrow or min(image.size) < helper.min_image_edge:
        image = helper.resize_by_need(image.convert("RGB"))
    if image.mode == "L":
        return image
    return to_greyscale_if_colourless(image) or image
