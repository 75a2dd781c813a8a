"""Displayed formulas are distinguished from prose by what they read as and where they stand."""

from __future__ import annotations

import pytest

from mineru_cli.embedded.geometry import Box, LineBox, Skew
from mineru_cli.embedded.layout.formula_pieces import prose_share
from mineru_cli.embedded.layout.formulas import find_formulas
from mineru_cli.embedded.layout.page import UprightPage
from mineru_cli.embedded.layout.regions import Region
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.text.lines import text_line

HEIGHT = 12.0
PROSE = "the energy of the flow decreases, and the identity holds for x = 3 at every"


def line(x0, y, x1, height=HEIGHT):
    part = LineBox((x0 + x1) / 2, y, x1 - x0, height / 0.7, tight=height)
    return text_line((part,), Skew())


def found(*written, regions=()):
    """Formulas on a page of (left, middle, right, text, share in fonts of formulas) lines, as texts."""
    lines = [line(x0, y, x1) for x0, y, x1, *_ in written]
    texts = {id(n): one for n, one in zip(lines, written, strict=True)}

    def peek(box):
        inside = [texts[id(n)] for n in lines if n.box.share_in(box) > 0.9]
        maths = max((one[4] for one in inside if len(one) > 4), default=0.0)
        return OcrReading(" ".join(one[3] for one in inside), 1.0, mathematical=maths)

    page = UprightPage(None, (), (), regions, Skew(), None, None, None, peek, peek)
    items = [n for n, one in enumerate(written) if one[3].startswith("•")]
    return [{texts[id(n)][3] for n in formula.lines} for formula in find_formulas(lines, page, items)]


ABOVE = [(100, 100 + 15 * n, 500, PROSE) for n in range(3)]
BELOW = [(100, 220 + 15 * n, 500, PROSE) for n in range(3)]


def test_a_centred_formula_between_paragraphs_with_its_number():
    assert found(*ABOVE, (240, 175, 360, "f(x) ≤ α + 2", 0.0), (480, 175, 500, "(3)"), *BELOW) == [
        {"f(x) ≤ α + 2", "(3)"}
    ]


def test_limits_and_parts_of_fractions_belong_to_it():
    limits = [(252, 165, 258, "n"), (248, 186, 266, "k=1"), (320, 186, 330, "2µ")]
    assert found(*ABOVE, (250, 175, 350, "∑ a = b", 0.5), *limits, *BELOW) == [{"∑ a = b", "n", "k=1", "2µ"}]


def test_letters_in_fonts_of_formulas_are_no_words():
    assert found(*ABOVE, (250, 175, 350, "abcd", 1.0), *BELOW) == [{"abcd"}]


@pytest.mark.parametrize(
    "text",
    [
        "On the Convergence of Gradient Flows",
        "Figure 3: values for α = 0.05",
        "1,204  2,310  17.5",
        "for i in range(10): x = 3",
        "x = y + 1",
        "(12)",
        "§ 3.1",
        "Tel.: +49 221 4711 − 0",
        "4.1 ± 0.2",
        "Η ταχύτητα του φωτός",
    ],
)
def test_isolated_lines_that_are_not_formulas(text):
    assert found(*ABOVE, (240, 175, 360, text), *BELOW) == []


def test_signs_and_letters_of_formulas_prove_one_without_their_fonts():
    text = "σ² = E(X²) - μ"
    assert found(*ABOVE, (240, 175, 360, text), *BELOW) == [{text}]
    assert found(*ABOVE, (240, 175, 360, text), (380, 175, 440, "Control"), *BELOW) == []


def test_an_item_of_a_list_stays_in_it():
    assert found(*ABOVE, (240, 175, 360, "• β ≤ α"), *BELOW) == []


def test_a_line_of_a_paragraph_stays_in_it():
    middle = (100, 145, 500, "f(x) ≤ α + β − γ")
    rest = [(100, 160 + 15 * n, 500, PROSE) for n in range(3)]
    assert found(*ABOVE, middle, *rest) == []


def test_the_network_alone_makes_no_formula_of_prose():
    region = Region("equation", Box(230, 160, 370, 190), 0.9)
    assert found(*ABOVE, (240, 175, 360, "Gradient Flows"), *BELOW, regions=(region,)) == []
    assert found(*ABOVE, (240, 175, 360, "akbk = Anbn"), *BELOW, regions=(region,)) == [{"akbk = Anbn"}]


def test_words_of_functions_are_not_prose():
    assert prose_share("max sin x") == 0.0
    assert prose_share("maximal sine x") > 0.8
    assert prose_share("") == 1.0


def widths_read(*written):
    """Widths of what is recognised on a page without a text layer."""
    read = []
    lines = [line(x0, y, x1) for x0, y, x1, _ in written]

    def peek(box):
        read.append(box.width)
        return OcrReading(
            next(w[3] for n, w in zip(lines, written, strict=True) if n.box.overlap_y(box) > 0), 1.0
        )

    page = UprightPage(None, (), (), (), Skew(), None, None, None, peek, peek)
    find_formulas(lines, page)
    return read


def test_the_last_line_of_a_paragraph_is_not_recognised():
    assert widths_read(*ABOVE, (100, 145, 300, PROSE), (100, 160, 500, PROSE), *BELOW) == []


def test_of_prose_that_stands_apart_only_the_middle_is_recognised():
    assert max(widths_read(*ABOVE, (180, 175, 420, PROSE), *BELOW)) < 120
    assert max(widths_read(*ABOVE, (180, 175, 420, "σ² = E(X²) - μ"), *BELOW)) >= 240


def test_further_lines_of_an_indented_paragraph_are_not_recognised():
    indented = [(140, 145 + 15 * n, 460, PROSE) for n in range(3)]
    assert len(widths_read(*ABOVE, *indented, *BELOW)) == 1
