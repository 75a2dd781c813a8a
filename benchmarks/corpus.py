"""The pages that are measured: real papers and scans where they are at hand, else the examples."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from tests.corpus import text_pdf

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "pdfs"
FOLDERS = ("digital", "scanned", "tables")


def sources() -> list[Path]:
    """Papers, reports and scans of ``../shared/pdfs``; ``examples/pdfs`` when those are not there."""
    found = [path for name in FOLDERS for path in sorted((REAL / name).glob("*.pdf"))]
    return found or sorted((ROOT / "examples" / "pdfs").glob("*.pdf"))


def page_count(path: Path) -> int:
    document = pypdfium2.PdfDocument(path)
    try:
        return len(document)
    finally:
        document.close()


def make_corpus(folder: Path, pages: int) -> int:
    """Copies of the sources in turn, as long as they fit into ``pages`` pages. Says how many there are."""
    folder.mkdir(parents=True)
    total, number = 0, 0
    counts = {path: page_count(path) for path in sources()}
    while fitting := [path for path, count in counts.items() if total + count <= pages]:
        for path in fitting:
            if total + counts[path] <= pages:
                (folder / f"{number:05}-{path.name}").write_bytes(path.read_bytes())
                total, number = total + counts[path], number + 1
    return total


def plain_pdf(pages: int) -> bytes:
    """A4 pages with a little text: cheap to render, as large in memory as any."""
    lines = "\n".join(f"Line {n} of a page with some words on it, as plain as can be." for n in range(40))
    return text_pdf([f"Page {page}\n{lines}" for page in range(pages)])
