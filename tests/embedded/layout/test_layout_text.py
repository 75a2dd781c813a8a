"""What the layout reply says, as MinerU's own parser reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mineru_vl_utils.mineru_client import MinerUClientHelper

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.analyse import LayoutBlock, with_lists
from mineru_cli.embedded.layout.layout_text import layout_reply


def parsed(blocks, width=1036, height=1036):
    helper = MinerUClientHelper(
        "http-client", {}, {}, (1036, 1036), 28, 50, False, False, False, False, False, False
    )
    return helper.parse_layout_output(layout_reply(blocks, width, height))


def test_blocks_come_back_as_they_were():
    blocks = [
        LayoutBlock("title", Box(100, 50, 900, 90)),
        LayoutBlock("text", Box(100, 100, 500, 500), 90),
        LayoutBlock("text", Box(520, 100, 900, 500), 270, continues=True),
    ]
    read = parsed(blocks)
    assert [(b.type, b.angle) for b in read] == [("title", 0), ("text", 90), ("text", 270)]
    assert [b.merge_prev for b in read[1:]] == [False, True]
    assert read[0].bbox == pytest.approx([0.096, 0.048, 0.869, 0.087], abs=0.001)


def test_a_blank_page_is_an_empty_reply():
    assert layout_reply([], 1036, 1036) == ""
    assert parsed([]) == []


sides = st.floats(-50, 1100, allow_nan=False)


@given(sides, sides, sides, sides)
def test_any_box_gives_a_block_the_parser_takes(a, b, c, d):
    box = Box(min(a, c), min(b, d), max(a, c), max(b, d))
    assert len(parsed([LayoutBlock("text", box)])) == 1


def test_runs_of_items_get_a_list_around_them():
    item, other = LayoutBlock("list_item", Box(0, 0, 10, 10)), LayoutBlock("list_item", Box(5, 20, 30, 30))
    blocks = with_lists([LayoutBlock("title", Box(0, 0, 1, 1)), item, other])
    assert [b.type for b in blocks] == ["title", "list", "list_item", "list_item"]
    assert blocks[1].box == Box(0, 0, 30, 30)


def test_a_single_item_is_text():
    assert [b.type for b in with_lists([LayoutBlock("list_item", Box(0, 0, 10, 10))])] == ["text"]


def test_each_column_has_its_own_list():
    items = [LayoutBlock("list_item", Box(100, y, 480, y + 30)) for y in (700, 740)]
    more = [LayoutBlock("list_item", Box(520, y, 900, y + 30)) for y in (100, 140)]
    paragraphs = [LayoutBlock("text", Box(100, 300, 480, 400)), LayoutBlock("text", Box(520, 300, 900, 400))]
    made = with_lists([paragraphs[0], *items, *more, paragraphs[1]])
    lists = [block.box for block in made if block.type == "list"]
    assert lists == [Box(100, 700, 480, 770), Box(520, 100, 900, 170)]
    assert [b.type for b in made] == ["text", "list", *["list_item"] * 2, "list", *["list_item"] * 2, "text"]
