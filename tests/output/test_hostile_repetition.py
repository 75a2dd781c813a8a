"""A model in a loop: the work for a text of one repeated piece grows with its length, not with its square.

A quadratic pattern would take many minutes here, far beyond the time limit of a test.
"""

from __future__ import annotations

import pytest

from mineru_cli.domain.block import Block
from mineru_cli.output.formats.mineru3.markdown import table_html
from mineru_cli.output.safe_markdown import safe
from mineru_cli.output.safety import Safety
from mineru_cli.output.tree.build import node_of
from mineru_cli.output.tree.joined_text import joined, structured

LENGTH = 100_000


@pytest.mark.parametrize("piece", ["a", "left", "\\", "{=", "=", "\\(", "$", "]", "<", "<b>", "- "])
@pytest.mark.parametrize("before", ["", "{", "<table><tr><td>"])
def test_a_repeated_piece_of_text_ends(before: str, piece: str) -> None:
    text = before + piece * (LENGTH // len(piece))
    node = node_of(Block("text", (0.0, 0.0, 1.0, 1.0), 0, text), 0, 600, 800)
    assert piece[0] in joined(node)
    assert piece[0] in "".join(span["content"] for span in structured(node))
    assert len(safe(text)) >= len(text)
    assert len(Safety().text(text)) >= len(text)


@pytest.mark.parametrize("closing", ["\\)", "\\]"])
def test_formulas_that_end_before_they_begin_are_text(closing: str) -> None:
    opening = {"\\)": "\\(", "\\]": "\\["}[closing]
    text = closing * (LENGTH // 4) + opening * (LENGTH // 4)
    node = node_of(Block("text", (0.0, 0.0, 1.0, 1.0), 0, text), 0, 600, 800)
    assert node.lines is not None
    assert [(span.kind, span.content) for span in node.lines[0].spans] == [("text", text)]


@pytest.mark.parametrize("before", ["<table><tr><td>", "<table><tr><td><eq>x</eq>"])
def test_formulas_of_a_table_that_never_end_stay_as_they_are(before: str) -> None:
    unclosed = "<eq>" * (LENGTH // 4)
    assert table_html(before + unclosed) == table_html(before) + unclosed
