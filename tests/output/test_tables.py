from __future__ import annotations

import pytest

from mineru_cli.output import grid
from mineru_cli.output.elements import Notes, TableElement
from mineru_cli.output.tables import continues, merge

from .sheets import part, table

FOOT = (0.1, 0.5, 0.9, 0.95)
TOP = (0.1, 0.05, 0.9, 0.4)


def element(
    html: str, box: tuple[float, ...], *, on: int, caption: str = "", footnote: str = ""
) -> TableElement:
    notes = Notes(
        (part("table_caption", caption, on=on),) if caption else (),
        (part("table_footnote", footnote, on=on),) if footnote else (),
    )
    return TableElement((part("table", html, box, on=on),), grid.read(html), notes)  # type: ignore[arg-type]


def first(html: str = table("Name|Sum", "a|1"), **notes: str) -> TableElement:
    return element(html, FOOT, on=0, **notes)


def second(html: str, box: tuple[float, ...] = TOP, **notes: str) -> TableElement:
    return element(html, box, on=1, **notes)


def test_a_repeated_header_is_dropped() -> None:
    one, two = (
        first(caption="Table 1"),
        second(table("Name|Sum", "b|2"), caption="Table 1 (continued)", footnote="*"),
    )
    assert continues(one, two)
    merged = merge(one, two)
    assert merged.grid is not None
    assert grid.write(merged.grid) == table("Name|Sum", "a|1", "b|2")
    assert [p.content for p in merged.notes.captions + merged.notes.footnotes] == ["Table 1", "*"]
    assert len(merged.bodies) == 2


def test_equal_rows_of_data_are_data() -> None:
    merged = merge(first(table("H|I", "a|1", "b|2")), second(table("H|I", "a|1", "c|3")))
    assert merged.grid is not None
    assert grid.write(merged.grid) == table("H|I", "a|1", "b|2", "a|1", "c|3")


def test_without_header_the_shape_and_the_place_decide() -> None:
    assert continues(first(), second(table("b|2")))
    assert not continues(first(), second(table("b|2|x")))
    assert not continues(first(), second(table("b|2"), (0.3, 0.05, 0.7, 0.4)))
    assert not continues(first(), second(table("b|2"), (0.1, 0.5, 0.9, 0.9)))


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("Table 1 (cont.)", True),
        ("Table 1: Sums", True),
        ("续表 1", True),
        ("Table 2: Others", False),
        ("Others", False),
    ],
)
def test_a_new_caption_means_a_new_table(caption: str, expected: bool) -> None:
    assert (
        continues(first(caption="Table 1. Sums"), second(table("Name|Sum", "b|2"), caption=caption))
        is expected
    )


def test_a_caption_in_other_words_is_kept() -> None:
    merged = merge(first(caption="Table 1. Sums"), second(table("b|2"), caption="Table 1: more sums"))
    assert [p.content for p in merged.notes.captions] == ["Table 1. Sums", "Table 1: more sums"]


def test_a_footnote_or_another_header_ends_a_table() -> None:
    assert not continues(first(footnote="source: us"), second(table("b|2")))
    assert not continues(first(), second(table("Town|Size", tag="th")))


def test_tables_that_are_pictures_stay_apart() -> None:
    assert not continues(first(""), second(table("b|2")))
    with pytest.raises(ValueError, match="cells"):
        merge(first(""), second(""))
