from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.ui.plain_text import LONGEST, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcode, 中文", "plain text, ünïcode, 中文"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("evil\u202efdp.exe", "evil\\u202efdp.exe"),
        ("\x9b2J", "\\x9b2J"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("ideographic\u3000space", "ideographic space"),
        (os.fsdecode(b"caf\xe9.pdf"), "caf\\udce9.pdf"),
        ("[bold]no markup[/bold]", "[bold]no markup[/bold]"),
    ],
)
def test_what_does_not_print_is_shown(text, shown):
    assert visible(text) == shown


def test_long_text_is_cut():
    assert visible("x" * 10_000) == "x" * LONGEST + "…"


@given(st.text() | st.binary().map(os.fsdecode))
def test_nothing_moves_a_cursor(text):
    assert all(unicodedata.category(c)[0] != "C" for c in visible(text))
    assert bool(visible(text).encode()) is bool(text)
