"""Makes the example PDFs and their ground-truth Markdown, from the same content.

    python examples/make_pdfs.py [FOLDER]

writes FOLDER/pdfs/*.pdf and FOLDER/truth/*.md (FOLDER: this one). Two runs give
the same bytes. Needs reportlab, numpy, Pillow and fonttools.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import chinese_font
import pages
import styles
from blocks import Block
from documents import chinese, invoice, letter, paper, report
from markdown import to_markdown
from reportlab import rl_config
from reportlab.platypus import PageBreak, Spacer
from scan import scanned_letter
from typeset import flowables

REPORT_PAGES = 12


def _hyphenator(marked: str) -> Callable[[str], Iterator[tuple[str, str]]]:
    """Breaks the words of a text, given as `mea-sure-ment`, from the longest head to the shortest."""
    known = {word.replace("-", ""): word.split("-") for word in marked.split()}

    def pairs(word: str) -> Iterator[tuple[str, str]]:
        bare = word.rstrip(".,;:)").lower()
        parts = known.get(bare, [])
        for cut in range(len(parts) - 1, 0, -1):
            length = len("".join(parts[:cut]))
            yield word[:length], word[length:]

    return pairs


def _paper() -> bytes:
    story = flowables(paper.BLOCKS, styles.paper(_hyphenator(paper.HYPHENATION)))
    header = "Journal of Small Waters 18 (2022) 117-118"
    return pages.render(story, pages.two_columns(header, 172), paper.TITLE)


def _report() -> bytes:
    style = styles.report()
    cover, rest = report.BLOCKS[: report.COVER], report.BLOCKS[report.COVER :]
    story = [Spacer(1, 150), *flowables(cover, style), PageBreak(), *flowables(rest, style)]
    footer = "Department of Works, March 2024"
    return pages.render(story, pages.running(report.TITLE, footer, REPORT_PAGES), report.TITLE)


def _invoice() -> bytes:
    return pages.render(flowables(invoice.BLOCKS, styles.invoice()), pages.single(62), "Invoice 2024-0387")


def _chinese() -> bytes:
    lacking = chinese_font.missing()
    if lacking:
        sys.exit(f"{chinese_font.SUBSET} lacks {lacking}\n{chinese_font.__doc__}")
    return pages.render(flowables(chinese.BLOCKS, styles.chinese()), pages.single(72), "通知")


def _letter() -> bytes:
    return scanned_letter(letter.BLOCKS, seed=20231114)


DOCUMENTS: dict[str, tuple[list[Block], Callable[[], bytes]]] = {
    "chinese": (chinese.BLOCKS, _chinese),
    "invoice": (invoice.BLOCKS, _invoice),
    "letter-scan": (letter.BLOCKS, _letter),
    "paper": (paper.BLOCKS, _paper),
    "report": (report.BLOCKS, _report),
}


def make(folder: Path) -> None:
    """Write all PDFs and truths under `folder`."""
    rl_config.useA85 = 0
    styles.register_fonts()
    for name in ("pdfs", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for stem, (blocks, pdf) in DOCUMENTS.items():
        (folder / "pdfs" / f"{stem}.pdf").write_bytes(pdf())
        (folder / "truth" / f"{stem}.md").write_text(to_markdown(blocks), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
