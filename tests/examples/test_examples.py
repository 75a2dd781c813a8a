"""The committed example PDFs and truths are what their script makes, and hold what they promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pypdfium2 as pdfium
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PAGES = {"chinese": 1, "invoice": 1, "letter-scan": 1, "paper": 2, "report": 12}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    subprocess.run([sys.executable, str(EXAMPLES / "make_pdfs.py"), str(folder)], check=True, timeout=100)
    return folder


def _files(folder: Path) -> set[str]:
    return {f"{name}/{path.name}" for name in ("pdfs", "truth") for path in (folder / name).iterdir()}


def test_the_committed_files_are_all_that_the_script_makes(made: Path) -> None:
    expected = {f"pdfs/{stem}.pdf" for stem in PAGES} | {f"truth/{stem}.md" for stem in PAGES}
    assert _files(made) == expected
    assert _files(EXAMPLES) == expected


@pytest.mark.parametrize("stem", PAGES)
def test_script_makes_the_committed_bytes(made: Path, stem: str) -> None:
    for name in (f"pdfs/{stem}.pdf", f"truth/{stem}.md"):
        assert (made / name).read_bytes() == (EXAMPLES / name).read_bytes(), name


@pytest.mark.parametrize(("stem", "pages"), PAGES.items())
def test_pages(stem: str, pages: int) -> None:
    with pdfium.PdfDocument(EXAMPLES / "pdfs" / f"{stem}.pdf") as document:
        assert len(document) == pages


@pytest.mark.parametrize("stem", sorted(PAGES.keys() - {"letter-scan"}))
def test_every_word_of_the_truth_is_on_the_pages(stem: str) -> None:
    """The text layer holds the truth's words, apart from hyphenation and what is drawn as glyphs."""
    page_text = _squeezed(_text(stem))
    truth = (EXAMPLES / "truth" / f"{stem}.md").read_text(encoding="utf-8")
    truth = re.sub(
        r"\$\$.*?\$\$|!\[\]\(.*?\)|<[^>]+>|^#+ |^```.*$", " ", truth, flags=re.DOTALL | re.MULTILINE
    )
    lost = [word for word in truth.split() if _squeezed(word) not in page_text]
    assert not lost


def test_scan_is_one_small_image_without_text() -> None:
    path = EXAMPLES / "pdfs" / "letter-scan.pdf"
    assert path.stat().st_size < 400_000
    assert _text("letter-scan") == ""
    with pdfium.PdfDocument(path) as document:
        (image,) = document[0].get_objects(filter=(pdfium.raw.FPDF_PAGEOBJ_IMAGE,))
        assert image.get_px_size() == (1654, 2339)


def test_the_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in EXAMPLES.rglob("*") if path.is_file()) < 2_500_000


def _text(stem: str) -> str:
    with pdfium.PdfDocument(EXAMPLES / "pdfs" / f"{stem}.pdf") as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def _squeezed(text: str) -> str:
    """Without spaces, and without hyphens (pdfium marks those at line ends with U+FFFE or U+0002)."""
    return re.sub(r"[\s\-\ufffe\x02]", "", text)
