"""From lines to the text of a block."""

from __future__ import annotations

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.text.flow import FlowRow, common_pitch, flow, pitch_of

PITCH = 15.0


def row(text, x0, y, width, *, even=False):
    count = len(text)
    offsets = tuple((i + 0.5) / count for i in range(count)) if even else ()
    return FlowRow(text, Box(x0, y, x0 + width, y + 25), offsets)


def typed(text, indent, line):
    return row(text, indent * PITCH, line * 33, len(text) * PITCH, even=True)


def test_a_paragraph_flows():
    rows = [
        row("Thank you for coming so quickly after the", 0, 0, 1000),
        row("burst pipe of last Tuesday.", 0, 33, 640),
    ]
    assert flow(rows) == "Thank you for coming so quickly after the burst pipe of last Tuesday."


def test_an_address_keeps_its_lines():
    rows = [
        row("Bill to:", 0, 0, 120),
        row("Dr Priya Raghunathan", 0, 33, 300),
        row("Orchard Cottage, Nether Wallop", 0, 66, 450),
        row("Marlow", 0, 99, 100),
    ]
    assert flow(rows) == "Bill to:\nDr Priya Raghunathan\nOrchard Cottage, Nether Wallop\nMarlow"


def test_lines_that_are_kept_lose_a_break_inside_a_word():
    rows = [
        row("They may conduct mediation", 0, 0, 380),
        row("They give the services that a faculty member or practic-", 0, 33, 800),
        row("ing lawyer supervises", 0, 66, 300),
        row("Do not know", 0, 99, 170),
    ]
    assert flow(rows).splitlines()[1:3] == [
        "They give the services that a faculty member or practicing lawyer supervises",
        "Do not know",
    ]


def test_a_centred_title_of_two_lines_is_one_line():
    rows = [row("The Long", 300, 0, 200), row("Road to Something Much Greater", 100, 33, 600)]
    assert flow(rows) == "The Long Road to Something Much Greater"


def test_a_listing_keeps_lines_indentation_and_blank_lines():
    rows = [
        typed("from datetime import time", 0, 0),
        typed("def level(now, motion):", 0, 2),
        typed("if motion:", 4, 3),
        typed("return 100", 8, 4),
        typed("return level_at_night(now)", 4, 5),
    ]
    assert flow(rows) == (
        "from datetime import time\n\ndef level(now, motion):\n    if motion:\n        return 100\n"
        "    return level_at_night(now)"
    )


def test_a_short_listing_keeps_its_lines():
    rows = [
        typed("function add(a, b) {", 0, 0),
        typed("return a + b;", 4, 1),
        typed("}", 0, 2),
        typed("console.log(add(3, 5));", 0, 3),
    ]
    assert flow(rows) == "function add(a, b) {\n    return a + b;\n}\nconsole.log(add(3, 5));"


def test_a_table_of_contents_keeps_its_lines():
    rows = [row("1 Introduction ........... 3", 0, 0, 900), row("2 Methods ................ 12", 0, 33, 900)]
    assert flow(rows) == "1 Introduction ........... 3\n2 Methods ................ 12"


def test_a_typewritten_paragraph_flows():
    rows = [
        typed("In facsimile a photocell is caused to perform a", 0, 0),
        typed("raster scan over the subject copy.", 0, 1),
    ]
    assert flow(rows) == "In facsimile a photocell is caused to perform a raster scan over the subject copy."


def test_nothing_has_no_text():
    assert flow([]) == ""


def test_even_characters_have_a_pitch():
    offsets = [(i + 0.5) / 20 for i in range(20)]
    assert abs((pitch_of(offsets, 300.0) or 0) - 15.0) < 1e-6


def test_uneven_or_few_characters_have_none():
    widths = [1, 3, 1, 2, 3, 1, 1, 3, 3, 1, 2, 1, 3, 3, 3, 1, 1, 1]
    places = [sum(widths[:i]) for i in range(len(widths))]
    assert pitch_of([p / sum(widths) for p in places], 300.0) is None
    assert pitch_of([0.1, 0.2, 0.3], 300.0) is None


def test_lines_must_agree_on_a_pitch():
    assert common_pitch([15.0, 15.2, 14.9]) == 15.0
    assert common_pitch([15.0, 18.0, 11.0]) is None
    assert common_pitch([15.0, None, None]) is None
    assert common_pitch([]) is None
