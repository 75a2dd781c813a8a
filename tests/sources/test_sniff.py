from __future__ import annotations

import io
import os

import pytest
from PIL import Image

from mineru_cli.domain.document import DocumentRef
from mineru_cli.errors import DocumentEmpty, DocumentUnreadable, UnsupportedDocument
from mineru_cli.sources.sniff import settle_kind, sniff


def document(path, kind="pdf"):
    return DocumentRef("k", "k", str(path), kind, 0, 0)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "JPEG2000"])
def test_images_are_recognised_by_their_first_bytes(name):
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, name)
    assert sniff(file.getvalue()[:1024]) == "image"


def test_brands_distinguish_heic_and_avif():
    assert sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic") == "image"
    assert sniff(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf") == "image"
    assert sniff(b"\0\0\0\x14ftypqt  \0\0\0\0qt  heic") is None  # behind the box


def test_a_pdf_header_may_come_late_but_not_too_late():
    assert sniff(b"%PDF-1.7") == "pdf"
    assert sniff(b"junk" * 200 + b"%PDF-1.4") == "pdf"
    assert sniff(b"x" * 1024 + b"%PDF-1.4") is None


@pytest.mark.parametrize(
    "head",
    [b"", b"BMW is a car maker", b"GIF", b"\0\0\0\x18ftypisom", b"PK\3\4", b"RIFF\0\0\0\0WAVE", b"<html>"],
)
def test_others_are_nothing(head):
    assert sniff(head) is None


def test_content_overrules_the_suffix(tmp_path):
    path = tmp_path / "really.pdf"
    Image.new("RGB", (4, 4)).save(path, "PNG")
    assert settle_kind(document(path)).kind == "image"
    assert settle_kind(document(path, "image")) == document(path, "image")


def test_what_cannot_be_a_document_says_why(tmp_path):
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "text.pdf").write_text("hello")
    os.mkfifo(tmp_path / "pipe.pdf")
    for name, error in [
        ("empty.pdf", DocumentEmpty),
        ("text.pdf", UnsupportedDocument),
        ("pipe.pdf", DocumentUnreadable),
        ("gone.pdf", DocumentUnreadable),
    ]:
        with pytest.raises(error):
            settle_kind(document(tmp_path / name))
