from __future__ import annotations

from types import SimpleNamespace

import pytest

from mineru_cli.pages.parts import Parts
from mineru_cli.recipes.part_blocks import joined

TALL = Parts(((0.0, 1.0),), ((0.0, 0.55), (0.45, 1.0)), (), ((0.5,),))
WIDE = Parts(((0.0, 0.55), (0.45, 1.0)), ((0.0, 1.0),), (0.5,), ((), ()))


class Found(SimpleNamespace):
    def __setitem__(self, name, value):
        setattr(self, name, value)

    def get(self, name):
        return getattr(self, name, None)


def block(kind, x0, y0, x1, y1, *, part, parts=TALL, name=""):
    """A block as the part sees it that covers these shares of the page."""
    spans = {0: (parts.across[0], parts.down[0]), 1: (parts.across[-1], parts.down[-1])}[part]
    (left, right), (top, bottom) = spans

    def share(value, start, stop):
        return (value - start) / (stop - start)

    box = [share(x0, left, right), share(y0, top, bottom), share(x1, left, right), share(y1, top, bottom)]
    return Found(type=kind, bbox=box, name=name)


def boxes(blocks):
    return [(b.type, *(round(side, 3) for side in b.bbox)) for b in blocks]


def test_blocks_of_the_overlap_come_once_in_order():
    first = [block("text", 0.1, 0.1, 0.9, 0.4, part=0), block("text", 0.1, 0.46, 0.9, 0.49, part=0),
             block("text", 0.1, 0.51, 0.9, 0.54, part=0)]  # fmt: skip
    second = [block("text", 0.1, 0.46, 0.9, 0.49, part=1), block("text", 0.1, 0.51, 0.9, 0.54, part=1),
              block("title", 0.1, 0.6, 0.9, 0.7, part=1)]  # fmt: skip
    assert boxes(joined([first, second], TALL)) == [
        ("text", 0.1, 0.1, 0.9, 0.4),
        ("text", 0.1, 0.46, 0.9, 0.49),
        ("text", 0.1, 0.51, 0.9, 0.54),
        ("title", 0.1, 0.6, 0.9, 0.7),
    ]


def test_a_short_paragraph_on_the_seam_is_one_again():
    first = [block("text", 0.1, 0.46, 0.9, 0.55, part=0)]
    second = [block("text", 0.1, 0.45, 0.9, 0.58, part=1)]
    assert boxes(joined([first, second], TALL)) == [("text", 0.1, 0.46, 0.9, 0.58)]


def test_a_long_paragraph_is_split_at_the_page_border_and_continues():
    first, second = [block("text", 0.1, 0.0, 0.9, 0.55, part=0)], [block("text", 0.1, 0.45, 0.9, 1.0, part=1)]
    both = joined([first, second], TALL)
    assert boxes(both) == [("text", 0.1, 0.0, 0.9, 0.5), ("text", 0.1, 0.5, 0.9, 1.0)]
    assert both[1].merge_prev is True


@pytest.mark.parametrize("kind", ["table", "image"])
def test_a_table_or_picture_is_one_however_long(kind):
    first, second = [block(kind, 0.1, 0.0, 0.9, 0.55, part=0)], [block(kind, 0.1, 0.45, 0.9, 1.0, part=1)]
    assert boxes(joined([first, second], TALL)) == [(kind, 0.1, 0.0, 0.9, 1.0)]


def test_what_the_part_behind_joined_otherwise_is_not_doubled():
    first = [block("text", 0.1, 0.3, 0.9, 0.47, part=0), block("text", 0.1, 0.48, 0.9, 0.55, part=0)]
    second = [block("text", 0.1, 0.45, 0.9, 0.6, part=1)]
    assert boxes(joined([first, second], TALL)) == [
        ("text", 0.1, 0.3, 0.9, 0.47),
        ("text", 0.1, 0.48, 0.9, 0.6),
    ]


def test_columns_stay_apart():
    first = [block("text", 0.1, 0.3, 0.45, 0.55, part=0), block("text", 0.55, 0.3, 0.9, 0.55, part=0)]
    second = [block("text", 0.1, 0.45, 0.45, 0.6, part=1), block("text", 0.55, 0.45, 0.9, 0.6, part=1)]
    assert boxes(joined([first, second], TALL)) == [
        ("text", 0.1, 0.3, 0.45, 0.6),
        ("text", 0.55, 0.3, 0.9, 0.6),
    ]


def test_what_the_other_part_sees_as_several_blocks_is_not_doubled():
    first = [block("text", 0.1, 0.3, 0.9, 0.55, part=0)]
    second = [block("text", 0.1, 0.5, 0.9, 0.52, part=1), block("text", 0.1, 0.53, 0.9, 0.6, part=1)]
    assert boxes(joined([first, second], TALL)) == [
        ("text", 0.1, 0.3, 0.9, 0.5),
        ("text", 0.1, 0.5, 0.9, 0.52),
        ("text", 0.1, 0.53, 0.9, 0.6),
    ]


def test_a_block_that_one_part_alone_saw_stays_whole():
    first = [block("text", 0.1, 0.46, 0.9, 0.54, part=0)]
    assert boxes(joined([first, []], TALL)) == [("text", 0.1, 0.46, 0.9, 0.54)]


def test_a_line_over_a_wide_page_is_one():
    first = [block("text", 0.1, 0.2, 0.55, 0.3, part=0, parts=WIDE)]
    second = [block("text", 0.45, 0.2, 0.9, 0.3, part=1, parts=WIDE)]
    assert boxes(joined([first, second], WIDE)) == [("text", 0.1, 0.2, 0.9, 0.3)]


def test_without_parts_blocks_are_as_they_are():
    blocks = [Found(type="text", bbox=[0, 0, 1, 1])]
    assert joined([blocks], None) is blocks
