from __future__ import annotations

from html import escape as html_escape

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mineru_cli.output.escape import escape_heading, escape_text
from mineru_cli.output.formula import segments
from mineru_cli.output.prose import clean, fold, lines

MARKUP = "*_`~[]()<>!&;#+-.=|$\\:\"'{}/^1ax \n\t北é"
texts = st.one_of(st.text(st.sampled_from(MARKUP), max_size=40), st.text(max_size=40))
renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def plain(text: str) -> str:
    text = fold(clean(text))
    assume(text and not any(segment.math for segment in segments(text)))
    return text


def html_of(text: str) -> str:
    return html_escape(text, quote=False).replace('"', "&quot;")


@given(texts)
@example("- - -")
@example("___")
@example("1) one")
@example("[a]: http://b")
@example("![a](b)")
@example("a *b* **c** _d_ __e__ ~~f~~ ~g~")
@example("&amp; &#35; &copy;")
@example("\\* \\\\ \\")
@example("<script>alert(1)</script><!-- x --> <http://a.b>")
@example("~~~ a")
@example("a\\")
def test_a_paragraph_renders_as_the_text_it_was(text: str) -> None:
    text = plain(text)
    assert renderer.render(escape_text(text)) == f"<p>{html_of(text)}</p>\n"


@given(texts)
@example("a\n===")
@example("a\n--")
@example("a | b\n:-|-:")
@example("a|b\n-|-")
@example("a\\\n1. b\n# c\n> d")
@example("a\n```\nb\n```")
def test_lines_render_as_the_lines_they_were(text: str) -> None:
    text = lines(clean(text))
    assume(text and not any(segment.math for segment in segments(text)))
    shown = "<br />\n".join(map(html_of, text.split("\n")))
    assert renderer.render(escape_text(text)) == f"<p>{shown}</p>\n"


@given(texts)
@example("#")
@example("C #")
@example("a ## #")
def test_a_heading_renders_as_the_text_it_was(text: str) -> None:
    text = plain(text)
    assert renderer.render(f"## {escape_heading(text)}") == f"<h2>{html_of(text)}</h2>\n"


@given(texts)
@example("[ ] open")
@example("===")
@example("1. nested")
def test_a_list_item_renders_as_the_text_it_was(text: str) -> None:
    text = plain(text)
    assert renderer.render(f"- {escape_text(text)}") == f"<ul>\n<li>{html_of(text)}</li>\n</ul>\n"


@pytest.mark.parametrize(
    "text",
    [
        "snake_case",
        "3 < 5 and 6 > 5",
        "2 * 3",
        "costs $5",
        "[1] and [2, 3]",
        "a-b",
        "x = y",
        "C:\\path",
        "R&D",
        "No. 5",
    ],
)
def test_text_that_is_not_markup_stays_readable(text: str) -> None:
    assert escape_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"so \(x_1 < y\) holds", r"so $x_1 < y$ holds"),
        (r"so \[x\] holds", "so $x$ holds"),
        (r"so $a*b*c$ holds", r"so $a*b*c$ holds"),
        (r"from $5 to $6", r"from \$5 to \$6"),
        (r"\(x", r"\\(x"),
        (r"\(a <script>\)", r"$a < script>$"),
        (r"$ \(x\)", r"\$ $x$"),
    ],
)
def test_formulas_keep_their_latex(text: str, expected: str) -> None:
    assert escape_text(text) == expected


@given(texts)
def test_no_text_ever_gives_a_tag(text: str) -> None:
    text = fold(clean(text))
    assume(text)
    rendered = renderer.render(escape_text(text))
    assert rendered.removeprefix("<p>").removesuffix("</p>\n").count("<") == rendered.count("<em>") * 2 + (
        rendered.count("<strong>") * 2 + rendered.count("<code>") * 2 + rendered.count("<s>") * 2
    )


@pytest.mark.timeout(100)
@pytest.mark.parametrize(
    "piece",
    ["\\(", "\\[", "$", "$a", "$$", "[", "*", "`", "- ", "# ", "&", "<a ", "\n", " \n", "a-\n", "a\n"],
)
def test_hostile_repetition_ends(piece: str) -> None:
    # 2 s of CPU; work that grows with the square of the length would take hours.
    for text in (fold(piece * 200_000), lines(piece * 200_000)):
        assert len(escape_text(text)) <= 3 * len(piece) * 200_000
