from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.quality.normalise import normalise, normalise_latex


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("ﬁne　ＡＢＣ１２３", "fine ABC123"),
        ("soft\u00adhyphen", "softhyphen"),
        ("“a” ‘b’ «c» — – −5", "\"a\" 'b' \"c\" - - -5"),
        ("x<br>y<br/>z <b>bold</b> <span class='k'>s</span>", "x y z bold s"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("## Heading", "Heading"),
        ("- one\n* two\n+ three\n• four", "one two three four"),
        ("1. one\n2) two", "1 one 2 two"),
        ("1.5 mm thick", "1.5 mm thick"),
        ("**bold** and *italic* and __b__", "bold and italic and b"),
        ("_i_ and `c` and ~~d~~", "i and c and d"),
        ("这是**重点**内容", "这是重点内容"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        (r"1\. 5\* a\_b", "1. 5* a_b"),
        ("a  b\n\n c\t", "a b c"),
        ("Case, stays. Always!", "Case, stays. Always!"),
        (r"so $ \left( a + b \right) $ is", "so $(a+b)$ is"),
        (r"so \(a+b\) is", "so $a+b$ is"),
        ("it costs $5 and then $6", "it costs $5 and then $6"),
        (r"$\mathrm{kg} \, m_{2}$", "$kgm_2$"),
        (r"$a_1 * b_2 * c$ and *x*", "$a_1*b_2*c$ and x"),
        ("", ""),
    ],
)  # fmt: skip
def test_norm_v1(source: str, expected: str) -> None:
    assert normalise(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$$\nx = 1 \\tag{3}\n$$", "x=1"),
        (r"\[ \frac{a}{b} \]", r"\fracab"),
        (r"\left\{ a \right.", r"\{a"),
        (r"a \leftarrow b", r"a\leftarrowb"),
        (r"a \\ b", r"a\\b"),
        (r"\mathbb{R} \mathbf{x} \text{if} \operatorname*{max}", r"\mathbbRxifmax"),
        (r"1\,000\;\!\quad\qquad x", "1000x"),
        (r"\begin{equation*} x \end{equation*}", "x"),
    ],
)
def test_latex_in_norm_v1(source: str, expected: str) -> None:
    assert normalise_latex(source) == expected


def test_strict_unicode_keeps_compatibility_forms_apart() -> None:
    assert normalise("ﬁ １", "NFC") == "ﬁ １"
    assert normalise("e\u0301", "NFC") == "é"


@given(
    st.lists(st.text("abcXYZ,:;(0123456789äß中", min_size=1, max_size=8), min_size=1, max_size=12),
    st.data(),
)
def test_white_space_never_counts(words: list[str], data: st.DataObject) -> None:
    blanks = [data.draw(st.sampled_from([" ", "  ", "\n", "\t ", "\u00a0"])) for _ in words]
    spread = "".join(word + blank for word, blank in zip(words, blanks, strict=True))
    assert normalise("x " + spread) == normalise("x " + " ".join(words))


@given(st.text(max_size=300))
def test_it_takes_any_text_and_leaves_no_loose_blanks(text: str) -> None:
    found = normalise(text)
    assert found == " ".join(found.split())


@given(
    st.integers(0, 10**9),
    st.sampled_from(["{}", "**{}**", "- {}", "# {}", "<b>{}</b>", "“{}”", "${}$", "`{}`"]),
)
def test_no_markup_ever_takes_a_digit_away(number: int, markup: str) -> None:
    assert str(number) in normalise(markup.format(number))


@pytest.mark.parametrize(
    ("piece", "count", "end"),
    [
        ("*", 48_000, ""),
        ("**a", 20_000, ""),
        ("$", 48_000, ""),
        ("\\(", 20_000, ""),
        (" ", 48_000, "#"),
        ("<b ", 20_000, ""),
        ("_a", 30_000, ""),
    ],
)
@pytest.mark.parametrize("function", [normalise, normalise_latex])
def test_the_work_for_hostile_texts_grows_with_their_length(
    function: Callable[[str], str], piece: str, count: int, end: str
) -> None:
    """Eight times the text may not take sixty-four times the processor's time, as a quadratic pattern would."""

    def work(times: int) -> float:
        text, spent = piece * times + end, []
        for _ in range(3):
            began = time.process_time()
            function(text)
            spent.append(time.process_time() - began)
        return min(spent)

    assert work(count) < 24 * work(count // 8) + 0.01
