from __future__ import annotations

import io

from rich.text import Text

from mineru_cli.ui.terminal.screen import ERASE, Screen


def painted(lines: list[str], width: int) -> str:
    stream = io.StringIO()
    screen = Screen(stream, {})
    screen.open()
    screen.paint([Text(line) for line in lines], (width, 24))
    return stream.getvalue()


def test_the_rest_of_a_shorter_line_is_erased():
    assert f"four\x1b[0m{ERASE}" in painted(["four"], 5)


def test_a_line_that_reaches_the_last_column_keeps_its_last_character():
    """There the cursor does not move on, and erasing from it on would take the character away."""
    assert ERASE not in painted(["five…", "文字…"], 5)
