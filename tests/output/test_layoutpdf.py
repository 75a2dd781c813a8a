from __future__ import annotations

from pathlib import Path

import pypdfium2
from PIL import Image

from mineru_cli.errors import PageUnreadable
from mineru_cli.output.layoutpdf import LayoutPdf

from .sheets import block, page, stacked


def render(index: int) -> Image.Image:
    if index == 1:
        raise PageUnreadable("no such page")
    return Image.new("L", (1240, 1754), 255)


def test_pages_are_drawn_with_boxes_ranks_and_types(tmp_path: Path) -> None:
    path = tmp_path / "layout.pdf"
    with LayoutPdf(path, render) as pdf:
        pdf.add(page(0, *stacked(("title", "T"), ("we(ird\\", "x"))))
        pdf.add(page(1))
        pdf.add(page(2, block("table", None, (0.0, 0.0, 1.0, 1.0))))
    with pypdfium2.PdfDocument(path) as document:
        assert len(document) == 3
        assert document[0].get_size() == (595, 842)
        text = document[0].get_textpage().get_text_range()
        assert "1 title" in text
        assert "2 weird" in text
        assert "1 table" in document[2].get_textpage().get_text_range()
        kinds = [sorted(found.type for found in document[i].get_objects()) for i in range(2)]
        assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE in kinds[0]
        assert kinds[1] == []
        drawn = document[0].render().to_pil().convert("RGB").crop((57, 90, 62, 120))
        assert min(channel[0] for channel in drawn.getextrema()) < 200


def test_a_document_without_pages_or_pictures_is_still_written(tmp_path: Path) -> None:
    with LayoutPdf(tmp_path / "a.pdf", None) as pdf:
        pdf.add(page(0, block("text", "x")))
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as document:
        assert "1 text" in document[0].get_textpage().get_text_range()
