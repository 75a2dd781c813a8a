from __future__ import annotations

import pytest

from mineru_cli.output.lists import Item, group, items

from .sheets import part


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (["• a", "- b", "c"], [Item("a"), Item("b"), Item("c")]),
        (["1. a", "2) b", "(3) c"], [Item("a", 1), Item("b", 2), Item("c", 3)]),
        (["4、甲", "5、乙"], [Item("甲", 4), Item("乙", 5)]),
        (["1. a", "3. c"], [Item("1. a"), Item("3. c")]),
        (["1. a", "b"], [Item("1. a"), Item("b")]),
        (["• a\n• b goes\non"], [Item("a"), Item("b goes on")]),
        (["a) x", "[1] y", "2.1 z"], [Item("a) x"), Item("[1] y"), Item("2.1 z")]),
        (["-5 degrees"], [Item("-5 degrees")]),
        (["", " \n "], []),
    ],
)
def test_markers_are_read_and_broken_counts_are_kept_as_text(
    contents: list[str], expected: list[Item]
) -> None:
    assert items(contents) == expected


def test_a_container_takes_the_items_inside_it() -> None:
    parts = [
        part("list", box=(0.1, 0.1, 0.9, 0.5), at=0),
        part("text", "a", (0.1, 0.1, 0.9, 0.2), at=1),
        part("list_item", "b", (0.1, 0.2, 0.9, 0.5), at=2),
        part("text", "outside", (0.1, 0.6, 0.9, 0.7), at=3),
        part("title", "inside, no item", (0.1, 0.3, 0.9, 0.32), at=4),
    ]
    (found,) = group(parts)
    assert [p.content for p in found.items] == ["a", "b"]


def test_a_text_behind_a_bullet_is_an_item_of_its_own_or_of_the_row() -> None:
    parts = [
        part("text", "• finally, there was some evidence", at=0),
        part("text", "x", at=1),
        part("list_item", "• a", at=2),
        part("text", "•b", at=3),
        part("text", "- no bullet, perhaps a dash", at=4),
    ]
    assert [[p.index for p in found.items] for found in group(parts)] == [[0], [2, 3]]


def test_loose_items_in_a_row_form_a_list_by_kind() -> None:
    parts = [
        part("list_item", "a", at=0),
        part("list_item", "b", at=1),
        part("ref_text", "[1]", at=2),
        part("text", "x", at=3),
        part("ref_text", "[2]", at=4),
    ]
    assert [[p.content for p in found.items] for found in group(parts)] == [["a", "b"], ["[1]"], ["[2]"]]
