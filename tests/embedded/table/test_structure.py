"""Which ink of a table is a rule."""

from __future__ import annotations

import pytest

from mineru_cli.embedded.geometry import Box, LineBox
from mineru_cli.embedded.ink import Rules
from mineru_cli.embedded.ocr.crops import ReadLine
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.table.structure import _without_letters

PARIS = ReadLine(LineBox(883, 175, 100, 70, tight=50), OcrReading("Paris", 0.99))


@pytest.mark.parametrize(("top", "bottom", "kept"), [(138, 207, True), (152, 198, False), (145, 190, False)])
def test_a_border_close_by_a_letter_is_a_rule_and_a_stem_is_not(top, bottom, kept):
    stroke = Box(835, top, 839, bottom)
    assert _without_letters(Rules((), (stroke,)), [PARIS]).vertical == ((stroke,) if kept else ())
