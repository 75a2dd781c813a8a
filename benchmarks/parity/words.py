"""Text as models write it, with everything in it that could be handled differently."""

from __future__ import annotations

from random import Random

_LATIN = [
    "the",
    "model",
    "of",
    "data",
    "layer",
    "result",
    "method",
    "we",
    "show",
    "that",
    "network",
    "training",
    "error",
    "rate",
    "under",
    "each",
    "measure",
    "sample",
    "value",
    "function",
    "state",
    "process",
    "signal",
    "table",
    "between",
    "field",
    "order",
    "theory",
    "where",
    "given",
    "since",
]
_HAN = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
_KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほ"
_HANGUL = "가나다라마바사아자차카타파하고노도로모보소오조초코토포호"
_SPECIAL = (
    "a*b*c", "*star*", "snake_case", "_under_", "$5", "$x$", "`code`", "~tilde~", "C:\\path", "\\*kept", "a<b",
    "x > y", "50%", "#tag", "R&D", "[1]", "(see)", "1.2.3", "ＡＢＣ１２３", "，。", "“quoted”", "a|b", "--", "...",
    "\\_done", "**bold**", "e.g.", "www.x.org/a_b", "&amp;", "!", "Ⅳ", "①",
)  # fmt: skip
_FORMULAS = (
    "x", "x_i^2", "\\alpha + \\beta", "a<b", "\\frac{1}{2}", "\\mathbf{x}\\in\\mathbb{R}^{n}", "f(x)=\\sum_{i}x_i",
    "5\\%", "\\left( a \\right.", "x_{1}_{2}", "\\leq5", "A_{ij", "\\text{if } x", "p < 0.05",
)  # fmt: skip
_BROKEN = ("\\(x", "y\\)", "\\(\\)", "\\[z\\]", "\\[open", "\\( a \n b \\)", "$$d$$")


def words(random: Random, count: int) -> str:
    return " ".join(random.choice(_LATIN) for _ in range(count))


def sentence(random: Random, count: int = 8) -> str:
    text = words(random, max(count, 2))
    return text[0].upper() + text[1:]


def _run(random: Random, letters: str, count: int) -> str:
    return "".join(random.choice(letters) for _ in range(count))


def text(random: Random, *, length: int = 12) -> str:
    """A paragraph's text: a script, formulas, special characters, line breaks, in any mix."""
    script = random.choices(("latin", "han", "kana", "hangul", "mixed"), (10, 4, 1, 1, 3))[0]
    pieces: list[str] = []
    for _ in range(random.randint(1, 4)):
        kind = script if script != "mixed" else random.choice(("latin", "han", "kana", "hangul"))
        letters = {"han": _HAN, "kana": _KANA + _HAN, "hangul": _HANGUL}.get(kind)
        pieces.append(_run(random, letters, length) if letters else words(random, random.randint(2, length)))
        roll = random.random()
        if roll < 0.25:
            pieces.append(f"\\({random.choice(_FORMULAS)}\\)")
        elif roll < 0.5:
            pieces.append(random.choice(_SPECIAL))
        elif roll < 0.53:
            pieces.append(random.choice(_BROKEN))
        elif roll < 0.56:
            pieces.append("\n")
    body = random.choice((" ", " ", " ", "")).join(pieces)
    prefix = random.choices(
        ("", "# ", "- ", "+ ", "1. ", "* ", "## ", "• ", "> "), (30, 1, 1, 1, 1, 1, 1, 1, 1)
    )[0]
    end = random.choices((".", "", "。", ":", "-", " ", "\n"), (8, 6, 2, 1, 1, 1, 1))[0]
    return prefix + body + end


def special(random: Random) -> str:
    return random.choice(_SPECIAL)


def formula(random: Random) -> str:
    return random.choice(_FORMULAS)


def equation(random: Random) -> str:
    latex = " ".join(random.choice(_FORMULAS) for _ in range(random.randint(1, 3)))
    shape = random.randint(0, 9)
    if shape == 0:
        return ""
    if shape == 1:
        return f"\\[\n{latex}"
    if shape == 2:
        return latex + " \\tag{3}"
    if shape == 3:
        return "\\begin{array}{l} " + latex + " \\\\ \\big( y \\end{array}"
    if shape == 4:
        return f"\\[{latex}\\]"
    if shape == 5:
        return "\\left\\{ " + latex + " \\right"
    return latex


def code(random: Random) -> str:
    samples = (
        "```python\ndef f(x):\n    return x * 2\n```",
        "def f(a, b):\n    for i in range(a):\n        print(i, b)\n    return None",
        '#include <stdio.h>\nint main(void) {\n  printf("hi\\n");\n  return 0;\n}',
        "SELECT name, count(*) FROM users WHERE id > 5 GROUP BY name;",
        "$ pip install x_y\n$ ls *.py",
        "while \\(x < n\\) do\n  x ← x + 1\nend",
        "public class A {\n  public static void main(String[] args) {}\n}",
        "a = b",
        "",
        '{"key": [1, 2, 3], "b": null}',
        "```\nplain text in a fence\n```",
        "1: \\(\\alpha\\)\\(\\beta\\) if a<b & c\n2: return",
    )
    return random.choice(samples)


def analysis(random: Random) -> str:
    """A reply to "Image Analysis"."""
    kind = random.choice(
        (
            "natural_image",
            "chart",
            "chart",
            "flowchart",
            "pure_table",
            "pure_formula",
            "text_image",
            "chemical",
            "",
        )
    )
    content = {
        "chart": "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | " + random.choice(("4 |", "4 | 5 |", "x_y |")),
        "flowchart": "graph TD\n    A[start] --> B[" + words(random, 2) + ']\n    B -> C["end"]',
        "pure_table": random.choice(
            (
                "| a | b |\n| --- | --- |\n| 1 | 2 |",
                "<fcel>a<fcel>b<nl><fcel>1<fcel>2<nl>",
                "<table><tr><td>q</td></tr></table>",
                "no table",
            )
        ),
        "pure_formula": formula(random),
        "text_image": text(random),
        "chemical": "C1=CC",
    }.get(kind, "")
    if random.random() < 0.1:
        return random.choice(("", "prose without tags", "<|class_start|>chart"))
    sub = random.choice(("bar", "line_chart", "", "photo"))
    end = "" if random.random() < 0.05 else "<|content_end|>"
    return (
        f"<|class_start|>{kind}<|class_end|><|sub_class_start|>{sub}<|sub_class_end|>"
        f"<|caption_start|>{sentence(random, 4)}<|caption_end|><|content_start|>{content}{end}"
    )
