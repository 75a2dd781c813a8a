"""The layout PDF: each page's picture with its blocks drawn on it, in reading order.

Written page by page: a PDF is a sequence of objects and a table of their offsets, so only these offsets are
kept. Pillow and pdfium hold a whole document, or read it again for each added page.
"""

from __future__ import annotations

import io
import zlib
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mineru_cli.domain.block import PAGE_FURNITURE, Block
from mineru_cli.domain.page import PageResult
from mineru_cli.errors import DocumentError

if TYPE_CHECKING:
    from PIL import Image

_LONGEST_SIDE = 1400
_JPEG_QUALITY = 70
_TYPE_SIZE = 7.0
_CATALOG, _PAGES, _FONT = 1, 2, 3
_OTHER = (0.15, 0.45, 0.85)
_COLOURS = {
    "title": (0.85, 0.15, 0.15),
    "doc_title": (0.85, 0.15, 0.15),
    "paragraph_title": (0.85, 0.15, 0.15),
    "table": (0.75, 0.55, 0.0),
    "image": (0.1, 0.6, 0.2),
    "image_block": (0.1, 0.6, 0.2),
    "chart": (0.1, 0.6, 0.2),
    "equation": (0.55, 0.2, 0.75),
    "code": (0.0, 0.55, 0.6),
    "algorithm": (0.0, 0.55, 0.6),
    "list": (0.5, 0.5, 0.2),
} | dict.fromkeys(PAGE_FURNITURE, (0.5, 0.5, 0.5))


class LayoutPdf:
    """A PDF being written. ``page_images`` renders a page by its index; without it pages are blank."""

    def __init__(self, path: Path, page_images: Callable[[int], Image.Image] | None) -> None:
        self._page_images = page_images
        self._file = path.open("wb")
        self._at = 0
        self._offsets = array("Q", [0] * (_FONT + 1))
        self._pages = array("Q")

    def __enter__(self) -> LayoutPdf:
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        self._object(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", _FONT)
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        with self._file:
            if kind is None:
                self._finish()

    def add(self, page: PageResult) -> None:
        """Append a page with its boxes."""
        picture = self._picture(page.index)
        drawing = b"" if picture is None else b"q %.2f 0 0 %.2f 0 0 cm /Im Do Q\n" % (page.width, page.height)
        for number, block in enumerate(page.blocks, start=1):
            drawing += _box(block, number, page.width, page.height)
        content = self._stream(b"", zlib.compress(drawing), b"/FlateDecode")
        images = b"" if picture is None else b" /XObject << /Im %d 0 R >>" % picture
        resources = b"<< /Font << /F %d 0 R >>%s >>" % (_FONT, images)
        size = b"[0 0 %.2f %.2f]" % (page.width, page.height)
        self._pages.append(
            self._object(
                b"<< /Type /Page /Parent %d 0 R /MediaBox %s /Resources %s /Contents %d 0 R >>"
                % (_PAGES, size, resources, content)
            )
        )

    def _picture(self, index: int) -> int | None:
        """The object of a page's picture; None where the page cannot be rendered."""
        if self._page_images is None:
            return None
        try:
            image = self._page_images(index).convert("RGB")
        except (DocumentError, OSError):
            return None
        image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=_JPEG_QUALITY)
        head = (
            b"/Type /XObject /Subtype /Image /ColorSpace /DeviceRGB /BitsPerComponent 8 /Width %d /Height %d "
        )
        return self._stream(head % image.size, jpeg.getvalue(), b"/DCTDecode")

    def _stream(self, head: bytes, data: bytes, code: bytes) -> int:
        return self._object(
            b"<< %s/Filter %s /Length %d >>\nstream\n%s\nendstream" % (head, code, len(data), data)
        )

    def _object(self, body: bytes, number: int | None = None) -> int:
        """Write an object and return its number, the next free one unless given."""
        if number is None:
            number = len(self._offsets)
            self._offsets.append(0)
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        return number

    def _finish(self) -> None:
        self._object(b"<< /Type /Catalog /Pages %d 0 R >>" % _PAGES, _CATALOG)
        kids = b" ".join(b"%d 0 R" % page for page in self._pages)
        self._object(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(self._pages), kids), _PAGES)
        start = self._at
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % len(self._offsets))
        for offset in self._offsets[1:]:
            self._write(b"%010d 00000 n \n" % offset)
        self._write(
            b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
            % (len(self._offsets), _CATALOG, start)
        )

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)


def _box(block: Block, number: int, width: float, height: float) -> bytes:
    """A block's frame and, above its upper right corner, its rank and type. PDF counts from the bottom."""
    x0, y0, x1, y1 = block.bbox
    left, bottom = x0 * width, (1 - y1) * height
    colour = b"%.2f %.2f %.2f" % _COLOURS.get(block.type, _OTHER)
    label = f"{number} {block.type}".encode("ascii", "replace")
    label = label.replace(b"\\", b"").replace(b"(", b"").replace(b")", b"")
    wide = len(label) * _TYPE_SIZE * 0.55
    at = (max(x1 * width - wide, 0.0), min((1 - y0) * height + 1.5, height - _TYPE_SIZE))
    frame = (left, bottom, (x1 - x0) * width, (y1 - y0) * height)
    return b"%s RG %s rg 0.8 w %.2f %.2f %.2f %.2f re S\n" % (
        colour,
        colour,
        *frame,
    ) + b"BT /F %.1f Tf %.2f %.2f Td (%s) Tj ET\n" % (_TYPE_SIZE, *at, label)
