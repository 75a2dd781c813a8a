"""Pages that papers do not have: tiny, crowded, of one type, of furniture alone, empty; and text of every kind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from benchmarks.parity import tables, words
from benchmarks.parity.script import SIZE, ScriptedBlock, ScriptedPage

_TYPES = (
    "text", "title", "equation", "ref_text", "list_item", "phonetic", "code", "algorithm", "table", "image",
    "chart", "image_caption", "table_caption", "code_caption", "image_footnote", "table_footnote", "header",
    "footer", "page_number", "aside_text", "page_footnote",
)  # fmt: skip
_FURNITURE = ("header", "footer", "page_number", "page_footnote", "aside_text")
_TEXTS = (
    "مرحبا بالعالم 123 في النص", "שלום עולם (1.5) abc", "👩‍👩‍👧‍👦 emoji 🇰🇷 and é combining", "नमस्ते दुनिया",
    "日本語のテキスト、“引用”。", "中文（全角）＄１２３", "한국어 문장 하나", "ไทยไม่มีช่องว่าง", "zero\u200bwidth\u00adsoft\u2060joined",
    "no\u00a0break\u2003em\u3000ideographic", "ﬁgure ﬀ ligatures", "𝒜 mathematical 𝟙", "e\u0301 and é",
    "line\u2028separator and \u2029 paragraph", "tab\tand\rreturn\r\nand\nnewline", "x" * 3_000, "a b " * 700,
    "- one\n  - two\n    - three\n- four", "1. a\n   1. b\n2. c", "* a\n+ b\n- c", "> quote\n>> nested",
    "```python\nprint('x')\n```", "~~~\ntext\n~~~", "~~~~", "````", "Term\n: definition", "[ ] task [x] done",
    "\\[ x = 1 \\]", "\\[\nx\n\\] text", "$$ y $$ and $z$", "\\(a\\)\\(b\\)", "\\begin{align} a &= b \\end{align}",
    "\\tag{1} alone", "E = mc^2 \\tag{2.1}", "a \\tag*{*}", "\\label{eq:1} \\nonumber", "| a | b |\n|---|---|\n| 1 | 2 |",
    "***", "---", "===", "# heading\n## another", "#no space", "1) item", "(i) item", "• bullet ◦ inner ▪ square",
    "A.\u2003Item", "**bold** _it_ ~~gone~~ `x`", "http://example.org/a_b?c=d&e=f", "me@example.org", "100%", "\\",
    "\\\\", "a\\*b\\_c", "&lt;b&gt; &amp;amp; &#65;", "\ufeffbom", "…", "-", "–", "0",
)  # fmt: skip
_CELLS = (
    "1,234.5", "−3", "\\(x^2\\)", "50 %", "a|b", "*", "🇰🇷", "عدد", "\\[y\\]", "$5", "x_1", "n/a", "", "a\nb", "\\tag{1}",
    "\\(a\\) and \\(b\\)", "a & b", "`c`",
)  # fmt: skip


def unusual_page(random: Random, number: int) -> ScriptedPage:
    """A page of a kind chosen by chance."""
    kinds: tuple[Callable[[Random, int], ScriptedPage], ...] = (
        _tiny, _crowded, _one_type, _furniture, _empty, _pictures, _long_table, _every_text, _every_text, _nested,
    )  # fmt: skip
    return random.choice(kinds)(random, number)


def _tiny(random: Random, number: int) -> ScriptedPage:
    size = random.choice(((110.0, 46.0), (130.5, 130.5), (120.0, 290.0)))
    box = (20, 400, 980, 900)
    kind = random.choice(("text", "title", "table", "image", "equation"))
    return ScriptedPage(number, [ScriptedBlock(kind, box, _reply(random, kind))], size)


def _crowded(random: Random, number: int) -> ScriptedPage:
    page = ScriptedPage(number, size=SIZE)
    count = random.choice((127, 200, 300))
    for place in range(count):
        column, row = place // 60, place % 60
        left, top = 20 + column * 195, 25 + row * 16
        kind = random.choices(("text", "title", "ref_text", "image_caption", "list_item"), (8, 1, 1, 1, 1))[0]
        page.blocks.append(
            ScriptedBlock(kind, (left, top, left + 180, top + 14), words.text(random, length=3))
        )
    return page


def _one_type(random: Random, number: int) -> ScriptedPage:
    kind = random.choice(_TYPES)
    return _stacked(number, [(kind, _reply(random, kind)) for _ in range(random.randint(1, 12))])


def _furniture(random: Random, number: int) -> ScriptedPage:
    kinds = random.sample(_FURNITURE, random.randint(1, 5))
    return _stacked(number, [(kind, random.choice(_TEXTS)) for kind in kinds])


def _empty(_random: Random, number: int) -> ScriptedPage:
    return ScriptedPage(number, size=SIZE)


def _pictures(random: Random, number: int) -> ScriptedPage:
    kinds = random.choices(("image", "chart"), k=random.randint(1, 6))
    return _stacked(number, [(kind, words.analysis(random)) for kind in kinds], height=90)


def _long_table(random: Random, number: int) -> ScriptedPage:
    columns = random.randint(2, 8)
    reply = tables.header(random, columns) + "".join(
        tables.row(random, columns, spans=True) for _ in range(200)
    )
    return _stacked(
        number, [("table_caption", "Table 1"), ("table", reply), ("text", "After it.")], height=60
    )


def _every_text(random: Random, number: int) -> ScriptedPage:
    kinds = random.choices(_TYPES, k=14)
    return _stacked(number, [(kind, _unusual_reply(random, kind)) for kind in kinds], height=40)


def _nested(random: Random, number: int) -> ScriptedPage:
    """Lists in lists, a picture in a picture block in a list, captions in tables."""
    page = _stacked(number, [("text", random.choice(_TEXTS)) for _ in range(6)], height=40)
    frames = [(40, 30, 960, 300), (45, 35, 955, 200), (48, 36, 950, 120)]
    kinds = random.choices(("list", "list", "image_block", "equation_block"), k=3)
    for kind, frame in zip(kinds, frames, strict=True):
        page.blocks.insert(random.randint(0, len(page.blocks)), ScriptedBlock(kind, frame, coded=False))
    return page


def _stacked(number: int, blocks: list[tuple[str, str]], height: int = 30) -> ScriptedPage:
    step = min(height + 12, 930 // max(len(blocks), 1))
    return ScriptedPage(
        number,
        [
            ScriptedBlock(kind, (50, 40 + place * step, 950, 40 + place * step + step - 8), reply)
            for place, (kind, reply) in enumerate(blocks)
        ],
        SIZE,
    )


def _reply(random: Random, kind: str) -> str:
    if kind in ("image", "chart"):
        return words.analysis(random)
    if kind == "table":
        return tables.otsl(random, random.randint(1, 5), random.randint(1, 6))
    if kind == "equation":
        return words.equation(random)
    if kind in ("code", "algorithm"):
        return words.code(random)
    return words.text(random)


def _unusual_reply(random: Random, kind: str) -> str:
    if kind in ("image", "chart"):
        return words.analysis(random)
    if kind == "table":
        rows = [
            "".join(f"<fcel>{random.choice(_CELLS)}" for _ in range(4)) + "<nl>"
            for _ in range(random.randint(1, 5))
        ]
        return "".join(rows)
    return random.choice(_TEXTS)
