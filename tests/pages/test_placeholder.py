from __future__ import annotations

import zlib

import pytest

from mineru_cli.errors import UnsupportedDocument
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering

WAIT = (
    "Please wait... If this message is not eventually replaced by the proper contents of the document, your "
    "PDF viewer may not be able to display this type of document. You can upgrade to the latest version of "
    "Adobe Reader."
)
GERMAN = "Bitte warten. Zum Anzeigen wird Adobe Reader 8 oder neuer benoetigt."
COVER = "For the best experience, open this PDF portfolio in Acrobat X or Adobe Reader X, or later."
XFA = "/AcroForm << /XFA 9 0 R /Fields [] >>"
ATTACHED = "/Names << /EmbeddedFiles << /Names [(a.txt) 8 0 R] >> >>"
FIELD = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /Rect [72 500 300 520] >>"


def pdf(catalogue, text, *, pages=1, annotations=""):
    content = f"BT /F1 11 Tf 12 TL 40 750 Td {' '.join(f'({line}) Tj T*' for line in lines(text))} ET"
    kids = " ".join("3 0 R" for _ in range(pages))
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        f"/Resources << /Font << /F1 5 0 R >> >> /Annots [{annotations}] >>",
        4: f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        5: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        7: "<< /Type /EmbeddedFile /Length 5 >>\nstream\nhello\nendstream",
        8: "<< /Type /Filespec /F (a.txt) /EF << /F 7 0 R >> >>",
        9: "<< /Length 11 >>\nstream\n<xdp></xdp>\nendstream",
    }
    body = b"%PDF-1.7\n"
    places = {}
    for number, text_ in objects.items():
        places[number] = len(body)
        body += f"{number} 0 obj\n{text_}\nendobj\n".encode()
    rows = "".join(f"{number} 1\n{place:010} 00000 n \n" for number, place in places.items())
    trailer = f"trailer << /Root 1 0 R /Size 10 >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + f"xref\n0 1\n0000000000 65535 f \n{rows}{trailer}".encode()


def lines(text):
    words = text.split()
    return [" ".join(words[n : n + 8]) for n in range(0, len(words), 8)]


def opened(tmp_path, data):
    (tmp_path / "a.pdf").write_bytes(data)
    document = open_document(str(tmp_path / "a.pdf"), "pdf", rendering=Rendering(), limits=Limits())
    document.close()
    return document


@pytest.mark.parametrize("more", ["", "/NeedsRendering true"])
@pytest.mark.parametrize("text", [WAIT, GERMAN])
def test_a_dynamic_form_is_not_its_placeholder(tmp_path, more, text):
    with pytest.raises(UnsupportedDocument, match="dynamic XFA form") as caught:
        opened(tmp_path, pdf(f"{XFA} {more}", text))
    assert "print it to a PDF" in caught.value.hint


def test_a_portfolio_is_not_its_cover(tmp_path):
    with pytest.raises(UnsupportedDocument, match="portfolio") as caught:
        opened(tmp_path, pdf(f"/Collection << /View /T >> {ATTACHED}", COVER))
    assert "pdfdetach" in caught.value.hint


def test_a_collection_may_be_named_in_an_object_stream(tmp_path):
    packed = zlib.compress(b"1 0 << /Type /Catalog /Collection << >> >>")
    stream = b"20 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Length %d >>\nstream\n" % len(packed) + packed
    with pytest.raises(UnsupportedDocument, match="portfolio"):
        opened(tmp_path, pdf(ATTACHED, COVER) + stream + b"\nendstream\nendobj\n%%EOF\n")


@pytest.mark.parametrize(
    ("catalogue", "text", "more"),
    [
        (XFA, WAIT, {"annotations": FIELD}),  # an ordinary form with XFA beside its pages
        (XFA, "Application for a library card. Name and address.", {}),
        (XFA, WAIT, {"pages": 5}),
        ("", WAIT, {}),
        (ATTACHED, "An invoice with its data attached. See Adobe Reader for them.", {}),
        (f"/Collection << >> {ATTACHED}", "Minutes of the meeting of May, with their annexes.", {}),
    ],
)
def test_other_documents_are_read(tmp_path, catalogue, text, more):
    assert opened(tmp_path, pdf(catalogue, text, **more)).page_count == more.get("pages", 1)
