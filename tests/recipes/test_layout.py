from __future__ import annotations

import pytest
from recipes.sessions import box

from mineru_cli.recipes.layout import parse_layout, shows_boxes


@pytest.mark.parametrize(
    "text",
    ["", "  \n", box("text", 1, 2, 3, 4), "chatter " + box("text", 1, 2, 3, 4), box("text", 5, 5, 1, 1)],
)
def test_usable(text):
    assert shows_boxes(text)


@pytest.mark.parametrize(
    "text",
    [
        "I see a page with text.",
        box("text", 1, 1, 1, 9),
        box("text", 1, 1, 9, 1001),
        "<|box_start|>1 2 3<|box_end|>",
        f"<|box_start|>{'1' * 5_000} 2 3 4<|box_end|><|ref_start|>text<|ref_end|>",
    ],
)
def test_not_usable(text):
    assert not shows_boxes(text)


def test_numbers_of_any_length_are_survived():
    text = f"<|box_start|>{'1' * 5_000} 2 3 4<|box_end|><|ref_start|>text<|ref_end|>" + box(
        "text", 1, 2, 3, 4
    )
    assert [block.bbox for block in parse_layout(text, 10)] == [[0.001, 0.002, 0.003, 0.004]]


def test_blocks_are_bounded():
    text = "".join(box("text", n, n, n + 1, n + 1) for n in range(100))
    assert len(parse_layout(text, 7)) == 7
