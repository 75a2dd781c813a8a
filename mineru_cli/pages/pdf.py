"""Reads PDFs with pdfium.

pdfium is not thread safe and may crash or hang on hostile files: it runs in the worker's single page thread,
and the pool replaces workers that die.
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
from PIL import Image

from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.errors import (
    DocumentCorrupt,
    DocumentEncrypted,
    DocumentUnreadable,
    PageTooLarge,
    PageUnreadable,
    UnsupportedDocument,
)
from mineru_cli.pages.page import POINTS_PER_INCH, PageImage, TextSample
from mineru_cli.pages.parts import has_small_text, is_long, is_unusual, parts_of, roomier_scale
from mineru_cli.pages.pixels import native as pixels
from mineru_cli.pages.pixels.native import Pixels
from mineru_cli.pages.pixels.packed_image import to_greyscale_if_colourless
from mineru_cli.pages.placeholder import placeholder_of
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.settings import Limits, Rendering

if TYPE_CHECKING:
    from mineru_cli.pages.page import Word
    from mineru_cli.pages.pdftext import PageText

_HEADER_WITHIN = 1024
_END_WITHIN = 2048
_FORM_DEPTH = 4
_MOST_OBJECTS = 20_000


def open_pdf(path: str, passwords: Sequence[str], rendering: Rendering, limits: Limits) -> PdfReader:
    """Open a PDF by path. Raises the ``DocumentError`` that matches pdfium's error."""
    error = 0
    for password in ("", *passwords):
        raw = pdfium.FPDF_LoadDocument(os.fsencode(path) + b"\0", password.encode() + b"\0")
        if raw:
            return PdfReader(path, pypdfium2.PdfDocument(raw), rendering, limits)
        error = pdfium.FPDF_GetLastError()
        if error != pdfium.FPDF_ERR_PASSWORD:
            break
    raise _document_error(path, error, tried=bool(passwords))


def _document_error(path: str, error: int, *, tried: bool) -> Exception:
    if error == pdfium.FPDF_ERR_PASSWORD:
        if tried:
            return DocumentEncrypted("none of the given passwords opens it", hint="check --password")
        return DocumentEncrypted("a password is needed to open it", hint="give it with --password")
    if error == pdfium.FPDF_ERR_SECURITY:
        return DocumentEncrypted("its encryption is of a kind that cannot be opened")
    if error == pdfium.FPDF_ERR_FILE:
        return DocumentUnreadable(
            "the file cannot be read", hint="check that it is there and its permissions"
        )
    with Path(path).open("rb") as file:
        if b"%PDF-" not in file.read(_HEADER_WITHIN):
            return UnsupportedDocument("it is not a PDF, whatever its name says")
    return _cut_short(path) or DocumentCorrupt("its structure is broken", hint="copy or download it again")


def _cut_short(path: str) -> DocumentCorrupt | None:
    with Path(path).open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _END_WITHIN))
        if b"%%EOF" in file.read():
            return None
    return DocumentCorrupt("it ends too early, its last part is missing", hint="copy or download it again")


class PdfReader:
    """An open PDF. See ``OpenDocument``."""

    def __init__(
        self, path: str, document: pypdfium2.PdfDocument, rendering: Rendering, limits: Limits
    ) -> None:
        self._document = document
        self._rendering = rendering
        self._limits = limits
        self._loaded: tuple[int, Any] | None = None
        self.page_count = len(document)
        if self.page_count < 1 and (error := _cut_short(path)) is not None:
            self.close()
            raise error
        if (placeholder := placeholder_of(document, path)) is not None:
            self.close()
            raise placeholder
        if self.page_count <= limits.max_pages:
            document.init_forms()

    def read(self, index: int) -> PageImage:
        """Render a page as a viewer does, with rotation, annotations and form fields."""
        with self._page(index) as page:
            width, height = _displayed_size(page)
            self._check_pictures(page)
            if not (self._rendering.page_parts and is_unusual(width, height)):
                image, drawn = _rendered(page, _scale(width, height, self._rendering))
                return PageImage(index, image, width, height, drawn)
            return self._in_parts(index, page, width, height)

    def _in_parts(self, index: int, page: Any, width: float, height: float) -> PageImage:
        """A page that may need parts; then it has as many pixels as each of them may have."""
        if not is_long(width, height):
            image, drawn = _rendered(page, _scale(width, height, self._rendering))
            if not has_small_text(width, height, image):
                return PageImage(index, image, width, height, drawn)
        image, drawn = _rendered(page, roomier_scale(width, height, self._rendering))
        return PageImage(index, image, width, height, drawn, parts=parts_of(width, height, image))

    def text_layer(self, index: int, shown: PageImage) -> TextLayer | None:
        """The page's text with positions."""
        from mineru_cli.pages.pdftext import PageText

        with self._page(index) as page:
            text = PageText(page.raw)
            try:
                words = self._seen(page, text, shown)
            finally:
                text.close()
        if not words:
            return None
        return TextLayer(tuple(words), _font_flaws(text, words), len(text.words) - len(words))

    def text_sample(self, index: int) -> TextSample:
        """A few dozen characters of the page, evenly spread over its text."""
        from mineru_cli.pages.pdftext import sample_of

        with self._page(index) as page:
            return sample_of(page.raw)

    def may_lack_fonts(self, index: int) -> bool:
        """Whether text is in a font that is neither in the file nor bundled with pdfium."""
        from mineru_cli.pages.painting import lacks_fonts

        with self._page(index) as page:
            return lacks_fonts(page.raw)

    def _seen(self, page: Any, text: PageText, shown: PageImage) -> list[Word]:
        from mineru_cli.pages.visibility import seen_words

        scale = _scale(*_displayed_size(page), self._rendering)

        def draw(part: tuple[int, int, int, int]) -> Image.Image:
            left, top, right, bottom = part
            width, height = shown.image.size
            sides = (left, height - bottom, width - right, top)
            # pypdfium2 rounds up what it cuts off: half a pixel less is the very pixel.
            bitmap = page.render(
                scale=scale,
                rev_byteorder=True,
                prefer_bgrx=True,
                limit_image_cache=True,
                crop=tuple(max(0.0, side - 0.5) / scale for side in sides),
            )
            return bitmap.to_pil()  # type: ignore[no-any-return]

        return seen_words(page.raw, text, shown, draw)

    def close(self) -> None:
        """Close the file."""
        self.release_page()
        self._document.close()

    @contextmanager
    def _page(self, index: int) -> Iterator[Any]:
        # A page is parsed once for both its picture and its text.
        if self._loaded is None or self._loaded[0] != index:
            self.release_page()
            try:
                self._loaded = (index, self._document[index])
            except (pypdfium2.PdfiumError, IndexError) as error:
                raise PageUnreadable(f"page {index + 1} cannot be loaded: its objects are broken") from error
        try:
            yield self._loaded[1]
        except (pypdfium2.PdfiumError, ctypes.ArgumentError, MemoryError) as error:
            self.release_page()
            raise PageUnreadable(f"page {index + 1} cannot be rendered: {error}") from error
        except BaseException:
            self.release_page()
            raise

    def release_page(self) -> None:
        """Free pdfium's page."""
        if self._loaded is not None:
            self._loaded[1].close()
            self._loaded = None

    def _check_pictures(self, page: Any) -> None:
        # pdfium decodes a picture at full size, however small it is drawn.
        most = max(_picture_sizes(page), default=0)
        if most > self._limits.max_pixels:
            raise PageTooLarge(
                f"a picture on it has {most} pixels, the limit is {self._limits.max_pixels}",
                hint="raise --max-pixels, or make the picture smaller",
            )


def _font_flaws(text: PageText, words: Sequence[Word]) -> tuple[PageFlaw, ...]:
    flaws = []
    missing = sorted({word.missing_font for word in words} - {""})
    if missing:
        flaws.append(
            PageFlaw(
                "missing-font",
                f"text cannot be drawn: {_listed(missing)} neither embedded in the file nor installed",
            )
        )
    unmapped = sorted({font.name for font in text.fonts if font.glyphs.misleading})
    if unmapped:
        flaws.append(
            PageFlaw(
                "unmapped-text",
                f"codes that are not the characters they stand for: {_listed(unmapped)} read by the model",
            )
        )
    return tuple(flaws)


def _listed(fonts: Sequence[str]) -> str:
    return f"font {fonts[0]} is" if len(fonts) == 1 else f"fonts {', '.join(fonts)} are"


def _rendered(page: Any, scale: float) -> tuple[Image.Image, Pixels | None]:
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True, limit_image_cache=True)
    image, drawn = _image_of(bitmap)
    bitmap.close()
    return image, drawn


def _image_of(bitmap: Any) -> tuple[Image.Image, Pixels | None]:
    """The rendered image and the bytes behind it: "L" when it has no colour, otherwise "RGBX"."""
    # Four bytes per pixel in this order are Pillow's own layout: an image with colour looks at the
    # memory that pdfium drew on, which is ours and lives as long; of others one band is copied.
    size = (bitmap.width, bitmap.height)
    if not pixels.built() or bitmap.stride != 4 * bitmap.width:
        shared: Image.Image = bitmap.to_pil()
        return to_greyscale_if_colourless(shared) or shared, None
    grey = pixels.grey(bitmap.buffer, size)
    if grey is None:
        return bitmap.to_pil(), bitmap.buffer
    return Image.frombuffer("L", size, grey, "raw", "L", 0, 1), grey


def _displayed_size(page: Any) -> tuple[float, float]:
    width, height = page.get_size()
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise PageUnreadable(f"its size is {width} x {height} points")
    return width, height


def _scale(width: float, height: float, rendering: Rendering) -> float:
    """Pixels per point: the requested resolution, or less so that the longer side fits."""
    longest = max(width, height)
    scale = min(rendering.dpi / POINTS_PER_INCH, rendering.max_side / longest)
    if math.ceil(longest * scale) > rendering.max_side:
        scale = math.nextafter(scale, 0)
    return scale


def _picture_sizes(page: Any) -> Iterator[int]:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    found = _objects(pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, page.raw, _FORM_DEPTH)
    # Nested forms multiply: a page of a few kilobytes can hold an astronomical number of objects.
    for thing in islice(found, _MOST_OBJECTS):
        if pdfium.FPDFImageObj_GetImagePixelSize(thing, width, height):
            yield width.value * height.value


def _objects(count: Any, get: Any, holder: Any, depth: int) -> Iterator[Any]:
    """All objects of a page or form except texts and paths, which are most and never hold a picture."""
    kind_of, form = pdfium.FPDFPageObj_GetType, pdfium.FPDF_PAGEOBJ_FORM
    for number in range(count(holder)):
        thing = get(holder, number)
        kind = kind_of(thing)
        if kind == form and depth:
            yield from _objects(
                pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, thing, depth - 1
            )
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE or kind == form:
            yield thing
