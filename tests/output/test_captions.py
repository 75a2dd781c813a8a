from __future__ import annotations

from mineru_cli.output.captions import attach

from .sheets import part


def test_stacked_figures_keep_one_caption_each() -> None:
    parts = [
        part("image", box=(0.1, 0.10, 0.9, 0.30), at=0),
        part("image_caption", "Fig 1", (0.1, 0.32, 0.9, 0.34), at=1),
        part("image", box=(0.1, 0.35, 0.9, 0.55), at=2),
        part("image_caption", "Fig 2", (0.1, 0.57, 0.9, 0.59), at=3),
    ]
    notes, taken = attach(parts)
    assert [notes[i].captions[0].content for i in (0, 2)] == ["Fig 1", "Fig 2"]
    assert taken == {1, 3}


def test_table_captions_stand_above_and_footnotes_below() -> None:
    parts = [
        part("table_caption", "Table 1", (0.1, 0.10, 0.9, 0.12), at=0),
        part("table", box=(0.1, 0.14, 0.9, 0.30), at=1),
        part("table_footnote", "* p < .05", (0.1, 0.31, 0.9, 0.33), at=2),
        part("table_caption", "Table 2", (0.1, 0.34, 0.9, 0.36), at=3),
        part("table", box=(0.1, 0.38, 0.9, 0.60), at=4),
    ]
    notes, _ = attach(parts)
    assert [p.content for p in notes[1].captions + notes[1].footnotes] == ["Table 1", "* p < .05"]
    assert [p.content for p in notes[4].captions] == ["Table 2"]


def test_kinds_do_not_mix_and_an_unclassified_caption_takes_the_nearest() -> None:
    parts = [
        part("image", box=(0.1, 0.1, 0.4, 0.3), at=0),
        part("table", box=(0.5, 0.1, 0.9, 0.3), at=1),
        part("table_caption", "Table", (0.1, 0.31, 0.4, 0.33), at=2),
        part("caption", "Listing", (0.1, 0.56, 0.4, 0.58), at=3),
        part("code", "x", (0.1, 0.6, 0.4, 0.8), at=4),
    ]
    notes, _ = attach(parts)
    assert 0 not in notes
    assert notes[1].captions[0].content == "Table"
    assert notes[4].captions[0].content == "Listing"


def test_several_captions_of_one_figure_stay_in_order_and_far_ones_are_left() -> None:
    parts = [
        part("image", box=(0.1, 0.1, 0.9, 0.3), at=0),
        part("image_caption", "(a)", (0.1, 0.31, 0.4, 0.33), at=1),
        part("image_caption", "(b)", (0.5, 0.31, 0.9, 0.33), at=2),
        part("image_caption", "far", (0.1, 0.9, 0.9, 0.92), at=3),
    ]
    notes, taken = attach(parts)
    assert [p.content for p in notes[0].captions] == ["(a)", "(b)"]
    assert 3 not in taken
