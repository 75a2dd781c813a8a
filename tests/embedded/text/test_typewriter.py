"""Programs whose words' places are known."""

from __future__ import annotations

from mineru_cli.embedded.text.layer_words import page_words
from mineru_cli.embedded.text.typewriter import typewritten
from mineru_cli.pages.page import Word

PITCH, LEADING = 12.0, 24.0

PROGRAM = """\
static int find(int *p, size_t n)
{
    size_t i;

    for (i = 0;  i < n; i++) {
        if (p[i] == 2)
            return i;
    }
    return -1;
}"""


def words_of(text, pitch=lambda _: PITCH):
    """The words where a typewriter puts them, on a page of 1000 x 1000 pixels."""
    words = []
    for row, line in enumerate(text.splitlines()):
        column = 0
        for part in line.split(" "):
            if part:
                x0 = 100 + sum(pitch(c) for c in line[:column])
                x1 = x0 + sum(pitch(c) for c in part)
                base = 100 + LEADING * row
                box = (x0 / 1000, (base - 14) / 1000, x1 / 1000, base / 1000)
                words.append(Word(part, box, baseline=base / 1000, height=0.023))
            column += len(part) + 1
    return page_words(words, 1000, 1000)


def test_lines_indentation_and_blanks_are_kept():
    assert typewritten(words_of(PROGRAM)) == PROGRAM


def test_type_of_changing_widths_is_none():
    assert typewritten(words_of(PROGRAM, lambda c: 5.0 if c in "ijl(); =" else 14.0)) is None
