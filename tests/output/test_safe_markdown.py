"""Nothing that a page says acts: five renderers, every type of block, sixty injections."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import cmarkgfm
import markdown
import markdown2
import mistune
import pytest
from markdown_it import MarkdownIt

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.output.names import OutputOptions
from mineru_cli.output.safe_markdown import safe
from tests.output.published import publish

EVIL = "http://evil.example/t.png"
TAGS = [
    f"<img src={EVIL}>", f'<img src="{EVIL}" onerror=alert(1)>', "<script>alert(1)</script>", "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>", "<a href=javascript:alert(1)>x</a>", "<style>*{}</style>", "<details open ontoggle=alert(1)>",
    "<!-- x --><b onclick=alert(1)>", "<?php x ?>", "<![CDATA[<b onclick=alert(1)>]]>", "</td></tr></table><script>1</script>",
    "<IMG SRC=x ONERROR=alert(1)>", "<math><mi xlink:href=javascript:alert(1)>", f"<{EVIL}>", "<javascript:alert(1)>", "<x@evil.example>",
    "<table onclick=alert(1)><tr><td onmouseover=alert(1)>x</td></tr></table>", "<td colspan=2 onclick=alert(1)>", "<b\nonclick=alert(1)>",
    f'<img src="images/{"a" * 64}.jpg" onload=alert(1)>', f'<img src="images/../../{"a" * 64}.jpg"/>',
]  # fmt: skip
LINKS = [
    f"![x]({EVIL})", f"[x]({EVIL})", "[x](javascript:alert(1))", f"[![x]({EVIL})](javascript:alert(1))", f"[x]: {EVIL}\n\n[x]",
    f"[x]: {EVIL}\n\n![y][x]", f"[x][y]\n\n[y]: {EVIL}", f"![x](<{EVIL}>)", f'![x]({EVIL} "t")', "[x](vbscript:alert(1))", "[x](data:text/html,x)",
    f"!\\[x]({EVIL})", f"![x\\]({EVIL})", f"![x\\\\]({EVIL})", f"![][x]\n\n[x]:{EVIL}", f"[^1]\n\n[^1]: ![x]({EVIL})", f"![a[b]]({EVIL})",
]  # fmt: skip
OTHERS = [
    "# x {: onclick=alert(1) }", "text\n{: onclick=alert(1) }", "`x`<script>alert(1)</script>", "``<script>alert(1)</script>``",
    "```\n<script>alert(1)</script>\n```", "    <script>alert(1)</script>", "> <script>alert(1)</script>", "- <script>alert(1)</script>",
    "| a | b |\n|---|---|\n| <script>1</script> | x |", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)&#60;/script&#62;",
]  # fmt: skip
FORMULAS = [f"${one}$" for one in (*LINKS[:4], TAGS[0], TAGS[2])] + [
    f"\\({LINKS[0]}\\)",
    f"\\[{LINKS[0]}\\]",
    f"$$\n{LINKS[0]}\n$$",
    f"$a${LINKS[0]}$b$",
]
ESCAPED = ["\\" + one for one in (TAGS[0], TAGS[1], TAGS[3])] + ["\\\\" + TAGS[0]]
INJECTIONS = [*TAGS, *LINKS, *OTHERS, *FORMULAS, *ESCAPED]
TYPES = [
    "text", "title", "table", "table_caption", "table_footnote", "image_caption", "image_footnote", "equation", "equation_block", "list",
    "list_item", "index", "ref_text", "aside_text", "header", "footer", "page_footnote", "phonetic",
]  # fmt: skip
OURS = {"div", "details", "summary", "table", "thead", "tbody", "tr", "td", "th", "br", "p", "em", "strong", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol",
        "li", "blockquote", "hr", "img", "del", "s", "sub", "sup", "b", "i", "u", "caption", "input"}  # fmt: skip

_COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
_MISTUNE = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "footnotes"])
RENDERERS = {
    "markdown-it": _COMMONMARK.render,
    "cmark-gfm": lambda text: cmarkgfm.markdown_to_html_with_extensions(text, cmarkgfm.Options.CMARK_OPT_UNSAFE, ["table", "strikethrough"]),
    "mistune": _MISTUNE,
    "Python-Markdown": lambda text: markdown.markdown(text, extensions=["fenced_code", "tables", "toc"]),
    "markdown2": lambda text: markdown2.markdown(text, extras=["fenced-code-blocks", "tables", "footnotes"]),
}  # fmt: skip


class Found(HTMLParser):
    """Tags, attributes and addresses that no page may bring in."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag, attributes):
        if tag not in OURS:
            self.foreign.append(f"<{tag}>")
        for name, value in attributes:
            ours = name in ("colspan", "rowspan", "id", "class", "start", "style", "align") or (
                name in ("src", "alt") and re.fullmatch(r"(images/[0-9a-f]{64}\.jpg)?", value or "")
            )
            if not ours:
                self.foreign.append(f"{name}={value}")

    def handle_pi(self, data):
        self.foreign.append(f"<?{data}>")

    def handle_decl(self, data):
        self.foreign.append(f"<!{data}>")


def live(html: str) -> list[str]:
    found = Found()
    found.feed(html)
    found.close()
    return found.foreign


@cache
def markdown_of(kind: str, text: str) -> str:
    blocks = [Block(kind, (0.1, 0.2, 0.9, 0.3), content=text)]
    for owner in ("table", "image"):
        if kind.startswith(f"{owner}_"):
            blocks.insert(0, Block(owner, (0.1, 0.1, 0.9, 0.2), content="<table><tr><td>x</td></tr></table>"))
    ref = DocumentRef("x", "x", "x.pdf", "pdf", 1, 1)
    with TemporaryDirectory() as folder:
        out = Path(folder)
        publish(ref, [PageResult(0, 600, 800, tuple(blocks))], out / "figures", out, OutputOptions())
        return next(out.rglob("*.md")).read_text("utf-8")


@pytest.mark.parametrize("renderer", RENDERERS)
def test_the_renderers_would_show_it(renderer: str):
    assert live(RENDERERS[renderer](f"![x]({EVIL})"))
    assert live(RENDERERS[renderer](f"<img src={EVIL}>"))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("renderer", RENDERERS)
def test_no_block_brings_in_anything_live(renderer: str, kind: str):
    found = {
        text: hits for text in INJECTIONS if (hits := live(RENDERERS[renderer](markdown_of(kind, text))))
    }
    assert found == {}


@pytest.mark.parametrize("renderer", RENDERERS)
def test_nor_does_text_that_was_not_escaped_before(renderer: str):
    """As MinerU writes it: the pass alone has to do."""
    alone = [text for text in INJECTIONS if not text.startswith(("```", "    ", "``"))]
    found = {text: hits for text in alone if (hits := live(RENDERERS[renderer](safe(text))))}
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "An ordinary sentence, 3 < 5 and a > b, see [12] and (3).", "$a_{1} < b$ and $x \\in [0, 1]$", "$$\n\\sqrt[3]{x}\n$$",
        f"![](images/{'0a' * 32}.jpg)", '<table><tr><td colspan="2" rowspan="3">a</td><td>b</td></tr></table>', "```c\nif (a[0](x) < y) {}\n```",
        "Intervals like [0, 1) and sets {1, 2}", "<!-- -->",
    ],
)  # fmt: skip
def test_harmless_text_stays_to_the_byte(text: str):
    assert safe(text) == text
