"""Where tables are: prose between rules, algorithms and charts are not tables."""

from __future__ import annotations

import numpy as np
from PIL import Image

from mineru_cli.embedded.geometry import Box, LineBox, Skew
from mineru_cli.embedded.ink import Rules
from mineru_cli.embedded.layout.page import UprightPage
from mineru_cli.embedded.layout.tables import find_tables
from mineru_cli.embedded.ocr.recogniser import OcrReading

SIDE = 1000
RULES = tuple(Box(100, y - 1, 500, y + 1) for y in (100, 130, 300))


def tables(texts, rules=RULES):
    """The tables of a page with these texts, each with its left, right and middle height in pixels."""
    boxes = {LineBox((x0 + x1) / 2, y, x1 - x0, 20, tight=14): text for text, x0, x1, y in texts}

    def peek(box):
        read = [t for f, t in boxes.items() if f.tight_box.intersection(box) > 0]
        return OcrReading(" ".join(read), 0.99)

    page = UprightPage(
        image=Image.new("RGB", (SIDE, SIDE), "white"),
        fragments=tuple(boxes),
        sideways=(),
        regions=(),
        skew=Skew(),
        dark=np.zeros((SIDE, SIDE), np.float32),
        mask=np.zeros((SIDE, SIDE), bool),
        rules=Rules(rules, ()),
        peek=peek,
        look=peek,
    )
    return find_tables(page)


def rows(*columns):
    """Texts in columns at x 110, 260 and 400, rows from y 150 on, 25 apart."""
    return [
        (text, x, x + 8 * len(text), 150 + 25 * n)
        for x, column in zip((110, 260, 400), columns, strict=False)
        for n, text in enumerate(column)
    ]


def test_figures_between_rules_are_a_table():
    assert tables(rows(("Oslo", "Bergen", "Moss"), ("1,204", "937", "12"), ("8.1", "7.9", "3.4")))


def test_numbered_steps_between_rules_are_an_algorithm():
    steps = [(f"{n + 1}:", 110, 124, 150 + 25 * n) for n in range(5)]
    words = [
        (text, 150, 300, 150 + 25 * n) for n, text in enumerate(("for each s", "if s", "add s", "end", "end"))
    ]
    assert tables([*steps, *words]) == []


def test_paragraphs_and_a_list_between_rules_are_text():
    prose = [("words that run on", 110, 490, 150 + 25 * n) for n in range(3)]
    items = [
        (text, x0, x1, 230 + 25 * n)
        for n in range(2)
        for text, x0, x1 in (("•", 110, 116), ("An item", 140, 300))
    ]
    assert tables([*prose, *items]) == []


def test_short_rules_under_the_figures_of_each_column_are_one_table():
    figures = [(f"{n}{x},204", x + 20, x + 70, 150 + 25 * n) for n in range(6) for x in (300, 420, 540)]
    figures += [("$", x + 10, x + 15, 150 + 25 * n) for n in (0, 2, 5) for x in (300, 420, 540)]
    labels = [("Net sales", 100, 180, 150 + 25 * n) for n in range(6)]
    short = tuple(Box(x + 10, y - 1, x + 75, y + 1) for x in (300, 420, 540) for y in (140, 190, 240, 290))
    assert len(tables([*labels, *figures], short)) == 1
