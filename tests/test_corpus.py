"""Each generated file is what its name says, as pdfium and Pillow see it."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from subprocess import PIPE

import pypdfium2 as pdfium
import pytest
from PIL import Image

from tests import corpus
from tests.corpus import Expectation


def texts(pdf: bytes, password: str | None = None) -> list[str]:
    with pdfium.PdfDocument(pdf, password=password) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def test_text_pdf_holds_its_texts() -> None:
    assert texts(corpus.text_pdf(["one (1) \\ é", "two\nlines"])) == ["one (1) \\ é", "two\r\nlines"]


def test_image_pdf_is_ink_without_text() -> None:
    pdf = corpus.image_pdf(["page a1", "page a2"], (400, 600))
    assert texts(pdf) == ["", ""]
    with pdfium.PdfDocument(pdf) as document:
        first, second = (page.render().to_pil().convert("L") for page in document)
    assert first.getextrema()[0] < 100
    assert first.tobytes() != second.tobytes()


def test_rotated_pdf_lies_on_its_side() -> None:
    with pdfium.PdfDocument(corpus.rotated_pdf("turned", 90)) as document:
        assert document[0].get_size() == (842, 595)


@pytest.mark.parametrize("password", ["käse", ""])
def test_encrypted_pdf_opens_with_its_password(password: str) -> None:
    assert texts(corpus.encrypted_pdf(["secret 7"], password), password) == ["secret 7"]


def test_encrypted_pdf_opens_with_the_owner_password() -> None:
    assert texts(corpus.encrypted_pdf(["secret 8"], "user", "boss"), "boss") == ["secret 8"]


@pytest.mark.parametrize("wrong", [None, "other"])
def test_encrypted_pdf_stays_closed_otherwise(wrong: str | None) -> None:
    with pytest.raises(pdfium.PdfiumError, match="password"):
        pdfium.PdfDocument(corpus.encrypted_pdf(["secret 9"], "right"), password=wrong)


def test_encryption_hides_the_text() -> None:
    assert b"secret" in corpus.text_pdf(["secret"])
    assert b"secret" not in corpus.encrypted_pdf(["secret"], "right")


def page_count(pdf: bytes) -> int | None:
    """None for a file that pdfium does not open. pypdfium2 would refuse a document without pages."""
    handle = pdfium.raw.FPDF_LoadMemDocument64(pdf, len(pdf), None)
    if not handle:
        return None
    pages: int = pdfium.raw.FPDF_GetPageCount(handle)
    pdfium.raw.FPDF_CloseDocument(handle)
    return pages


def test_zero_page_pdf() -> None:
    assert page_count(corpus.zero_page_pdf()) == 0


def test_truncated_keeps_the_first_part() -> None:
    whole = corpus.text_pdf(["cut"])
    assert whole.startswith(corpus.truncated(whole, 0.3))
    with pytest.raises(pdfium.PdfiumError):
        pdfium.PdfDocument(corpus.truncated(whole, 0.1))


def test_broken_page_pdf_loses_that_page_only() -> None:
    with pdfium.PdfDocument(corpus.broken_page_pdf(["p0", "p1", "p2"], broken=1)) as document:
        assert len(document) == 3
        assert document[0].get_textpage().get_text_bounded() == "p0"
        assert document[2].get_textpage().get_text_bounded() == "p2"
        with pytest.raises(pdfium.PdfiumError):
            document[1]


def test_huge_page_pdf() -> None:
    with pdfium.PdfDocument(corpus.huge_page_pdf("vast", 200)) as document:
        assert document[0].get_size() == (14400, 14400)
        assert document[0].get_textpage().get_text_bounded() == "vast"


@pytest.mark.parametrize(
    ("pdf", "size"),
    [
        (corpus.huge_image_pdf, (10_000, 10_000)),
        (corpus.pixel_bomb_pdf, (70_000, 72_000)),
    ],
)
def test_huge_images_are_tiny_files(pdf: Callable[[], bytes], size: tuple[int, int]) -> None:
    data = pdf()
    assert len(data) < 500_000
    with pdfium.PdfDocument(data) as document:
        (image,) = document[0].get_objects()
        assert image.get_px_size() == size


def test_huge_image_is_all_there() -> None:
    with pdfium.PdfDocument(corpus.huge_image_pdf(2_000, 3_000)) as document:
        (image,) = document[0].get_objects()
        stripes = image.get_bitmap().to_pil().convert("L")
    assert stripes.size == (2_000, 3_000)
    assert [stripes.getpixel((x, 2_999)) for x in (0, 600, 1_100, 1_600)] == [0, 255, 0, 255]


def test_flate_bomb_pdf_inflates() -> None:
    pdf = corpus.flate_bomb_pdf(megabytes=8)
    assert len(pdf) < 20_000
    assert texts(pdf) == [""]


READ = """
import sys
import pypdfium2
document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
print("opened", flush=True)
page = document[0]
print("loaded", page.get_textpage().get_text_bounded(), flush=True)
page.render(scale=0.2)
print("drawn", flush=True)
"""
LONGER_SECONDS = 1.5


def read_until(pdf: bytes, last_words: str) -> str:
    """What a process that reads and draws the first page prints after `last_words`, in a little while."""
    with subprocess.Popen([sys.executable, "-c", READ], stdin=PIPE, stdout=PIPE, text=False) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pdf)
        process.stdin.close()
        while process.stdout.readline().decode().strip() != last_words:
            assert process.poll() is None
        try:
            process.wait(LONGER_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.stdout.read().decode().strip()


def test_slow_pdf_loads_and_never_gets_drawn() -> None:
    assert read_until(corpus.slow_pdf("slow 3"), "loaded slow 3") == ""


def test_slow_pdf_is_a_valid_page() -> None:
    """With a short function the same file is drawn, so what takes the time is the function."""
    assert_drawn(corpus.slow_pdf(operations=2))


def test_form_bomb_pdf_never_gets_loaded() -> None:
    assert read_until(corpus.form_bomb_pdf(), "opened") == ""


def test_form_bomb_pdf_is_a_valid_page() -> None:
    assert_drawn(corpus.form_bomb_pdf(depth=2, fan=3))


def assert_drawn(pdf: bytes) -> None:
    """The page has ink on it."""
    with pdfium.PdfDocument(pdf) as document:
        assert document[0].render(scale=0.2).to_pil().convert("L").getextrema()[0] < 200


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "bmp"])
def test_pictures(form: str) -> None:
    data = getattr(corpus, f"{form}_bytes")("picture 5", (300, 400))
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == (form.upper(), (300, 400))
        assert picture.convert("L").getextrema()[0] < 120


def test_tiff_has_all_its_pages() -> None:
    with Image.open(io.BytesIO(corpus.tiff_bytes(["a", "b", "c"], (300, 400)))) as picture:
        assert picture.n_frames == 3
        pages = []
        for n in range(3):
            picture.seek(n)
            pages.append(picture.tobytes())
    assert len(set(pages)) == 3


def test_mutated_is_decided_by_its_seed() -> None:
    pdf = corpus.text_pdf(["original", "second page"])
    first = [corpus.mutated(pdf, seed) for seed in range(200)]
    assert first == [corpus.mutated(pdf, seed) for seed in range(200)]
    assert len(set(first)) > 190
    assert sum(data != pdf for data in first) > 190


def test_mutated_files_are_broken_in_some_places_only() -> None:
    """A useful set: some mutants no longer open, and some still do."""
    opened = Counter(_opens(corpus.mutated(corpus.text_pdf(["one", "two"]), seed)) for seed in range(200))
    assert opened[True] > 20
    assert opened[False] > 20


def _opens(data: bytes) -> bool:
    try:
        with pdfium.PdfDocument(data) as document:
            return len(document) > 0
    except pdfium.PdfiumError:
        return False


def test_mixed_corpus_is_what_it_says() -> None:
    files = list(corpus.mixed_corpus(120, seed=4))
    assert files == list(corpus.mixed_corpus(120, seed=4))
    assert len({name for name, _, _ in files}) == 120
    assert Counter(expectation for _, _, expectation in files) == {
        Expectation.DIGITAL: 72,
        Expectation.SCANNED: 24,
        Expectation.ENCRYPTED: 12,
        Expectation.BROKEN: 6,
        Expectation.EMPTY: 6,
    }
    for name, data, expectation in files:
        assert _found(data) is expectation, name


def test_mixed_corpus_pages_can_be_distinguished() -> None:
    digital = [data for _, data, kind in corpus.mixed_corpus(120, seed=4) if kind is Expectation.DIGITAL]
    pages = [text for data in digital for text in texts(data)]
    assert len(set(pages)) == len(pages) > len(digital)


def _found(data: bytes) -> Expectation:
    if not data or page_count(data) == 0:
        return Expectation.EMPTY
    try:
        found = texts(data)
    except pdfium.PdfiumError as error:
        locked = error.err_code == pdfium.raw.FPDF_ERR_PASSWORD
        return Expectation.ENCRYPTED if locked else Expectation.BROKEN
    return Expectation.DIGITAL if all(found) else Expectation.SCANNED
