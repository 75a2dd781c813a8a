"""Which words of a page are seen: small PDFs that hide one word, or only seem to."""

from __future__ import annotations

import random
import zlib

import pytest
from pdf_objects import Object, deflated, stream, write

from mineru_cli.pages import ink
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels import native
from mineru_cli.pages.reader import open_document
from mineru_cli.pages.textlayer import fallback_blocks, text_in
from mineru_cli.settings import Limits, Rendering

BASE = b"BT /F 12 Tf 72 700 Td (The name of the witness is) Tj ET\n"
WORD = b"BT /F 12 Tf 72 600 Td (Marlowe) Tj ET\n"
"""Reaches from 72 to 120 points, and from 597 to 609."""

AROUND = b"66 592 64 22 re f\n"
TURNED = b"q 0 1 -1 0 300 400 cm BT /F 12 Tf 0 0 Td (Marlowe) Tj ET Q\n"
NOISE = random.Random(1).randbytes(40 * 20 * 3)
BLACKED_OUT = NOISE[: 5 * 40 * 3] + bytes(40 * 3) + NOISE[6 * 40 * 3 :]
"""The sixth of the picture's twenty rows is black: where the word lies when the picture fills the page."""

FADED = (
    b"<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [66 0 130 0] /Extend [true true] "
    b"/Function << /FunctionType 2 /Domain [0 1] /N 1 /C0 [0 0 0.4] /C1 [0.9 0.2 0.1] >> >>"
)


def image(data: bytes = NOISE, size: tuple[int, int] = (40, 20), extra: bytes = b"") -> Object:
    head = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 "
    return deflated(data, head % size + extra)


def form(content: bytes, extra: bytes = b"/BBox [0 0 595 842]") -> Object:
    return stream(content, b"/Type /XObject /Subtype /Form /Resources << /Font << /F 5 0 R >> >> " + extra)


def pdf(
    content: bytes,
    *more: Object,
    resources: bytes = b"",
    page: bytes = b"",
    catalogue: bytes = b"",
) -> bytes:
    """One page; its font is object 5, ``more`` begins with object 6."""
    resources = b"/Font << /F 5 0 R >> " + resources
    return write(
        [
            Object(b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue),
            Object(b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"),
            Object(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                b"/Resources << %s >> %s >>" % (resources, page)
            ),
            stream(BASE + content),
            Object(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"),
            *more,
        ]
    )


def state(entries: bytes) -> bytes:
    return b"/ExtGState << /G << %s >> >>" % entries


def annotated(subtype: bytes, appearance: bytes, extra: bytes = b"") -> bytes:
    annotation = (
        b"<< /Type /Annot /Subtype /%s /Rect [66 592 130 614] /F 4 /AP << /N 7 0 R >> "
        b"/QuadPoints [66 614 130 614 66 592 130 592] /C [1 1 0] >>" % subtype
    )
    blend = b"/BBox [66 592 130 614] /Group << /S /Transparency >> " + extra
    return pdf(
        WORD,
        Object(annotation),
        stream(appearance, b"/Type /XObject /Subtype /Form " + blend),
        page=b"/Annots [6 0 R]",
    )


def optional(content: bytes, *, on: bool, more: bytes = b"") -> bytes:
    switch = b"" if on else b"/OFF [6 0 R]"
    return pdf(
        more + b"/OC /L BDC\n" + content + b"EMC\n",
        Object(b"<< /Type /OCG /Name (Draft) >>"),
        image(),
        resources=b"/Properties << /L 6 0 R >> /XObject << /I 7 0 R >>",
        catalogue=b"/OCProperties << /OCGs [6 0 R] /D << /Order [6 0 R] %s >> >>" % switch,
    )


PICTURE = b"q 64 0 0 22 66 592 cm /I Do Q\n"
SCAN = b"q 595 0 0 842 0 0 cm /I Do Q\n"
XOBJECT = b"/XObject << /I 6 0 R >>"
GREY = b"0.6 g 40 560 200 80 re f\n"

HIDDEN = {
    "white on white": pdf(b"1 g " + WORD),
    "nearly white": pdf(b"0.96 g " + WORD),
    "grey on the same grey": pdf(GREY + b"0.6 g " + WORD),
    "red on red": pdf(b"1 0 0 rg " + AROUND + WORD),
    "black on black": pdf(b"0 g " + AROUND + WORD),
    "invisible on paper": pdf(b"BT 3 Tr ET " + WORD),
    "alpha of nothing": pdf(b"/G gs " + WORD, resources=state(b"/ca 0")),
    "alpha of nearly nothing": pdf(b"/G gs " + WORD, resources=state(b"/ca 0.03")),
    "behind a soft mask": pdf(
        b"/G gs " + WORD,
        stream(
            b"0 g 0 0 595 842 re f",
            b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Group << /S /Transparency /CS /DeviceGray >>",
        ),
        resources=state(b"/SMask << /S /Luminosity /G 6 0 R >>"),
    ),
    "under a black box": pdf(WORD + b"0 g " + AROUND),
    "under a white box": pdf(WORD + b"1 g " + AROUND),
    "under a box with a label": pdf(WORD + b"0 g " + AROUND + b"1 g BT /F 8 Tf 76 600 Td (exempt 6) Tj ET\n"),
    "under a box of nearly no transparency": pdf(WORD + b"0 g /G gs " + AROUND, resources=state(b"/ca 0.97")),
    "under a picture": pdf(WORD + PICTURE, image(), resources=XOBJECT),
    "under a gradient": pdf(
        WORD + b"q 66 592 64 22 re W n /S sh Q\n", resources=b"/Shading << /S %s >>" % FADED
    ),
    "in a form, under a box": pdf(b"/X Do 0 g " + AROUND, form(WORD), resources=b"/XObject << /X 6 0 R >>"),
    "under a box in a form that is moved": pdf(
        WORD + b"q 1 0 0 1 60 590 cm /X Do Q\n",
        form(b"0 g 6 2 64 22 re f\n1 g BT /F 8 Tf 10 8 Td (b 6) Tj ET"),
        resources=b"/XObject << /X 6 0 R >>",
    ),
    "clipped away": pdf(b"q 300 300 50 50 re W n " + WORD + b"Q\n"),
    "clipped away over a picture": pdf(
        PICTURE + b"q 300 300 50 50 re W n " + WORD + b"Q\n", image(), resources=XOBJECT
    ),
    "in a layer that is off": optional(WORD, on=False),
    "in a layer that is off, over a picture": optional(WORD, on=False, more=PICTURE),
    "in a layer that is off, in the place of other words": optional(
        WORD, on=False, more=b"BT /F 12 Tf 70 600 Td (Someone) Tj ET\n"
    ),
    "under a black square of the annotations": annotated(b"Square", b"0 g 66 592 64 22 re f"),
    "under a stamp": annotated(b"Stamp", b"0.8 g 66 592 64 22 re f 0 g 70 600 20 2 re f"),
    "off the page": pdf(b"BT /F 12 Tf 700 600 Td (Marlowe) Tj ET\n"),
    "tiny": pdf(b"BT /F 0.6 Tf 72 600 Td (Marlowe) Tj ET\n"),
    "on a turned page, under a box": pdf(WORD + b"0 g " + AROUND, page=b"/Rotate 90"),
    "turned, under a box": pdf(TURNED + b"0 g 280 390 30 70 re f\n"),
    "turned, under a picture": pdf(TURNED + b"q 30 0 0 70 280 390 cm /I Do Q\n", image(), resources=XOBJECT),
    "read by OCR, then blacked out": pdf(
        SCAN + b"BT 3 Tr ET " + WORD + b"0 g " + AROUND, image(), resources=XOBJECT
    ),
    "read by OCR, then blacked out and labelled": pdf(
        SCAN
        + b"BT 3 Tr ET "
        + WORD
        + b"0 g "
        + AROUND
        + b"BT 0 Tr ET 1 g BT /F 8 Tf 76 600 Td (b 6) Tj ET\n",
        image(),
        resources=XOBJECT,
    ),
    "read by OCR, blacked out in the scan": pdf(
        SCAN + b"BT 3 Tr ET " + WORD, image(BLACKED_OUT), resources=XOBJECT
    ),
}

SEEN = {
    "black on white": pdf(WORD),
    "white on a dark panel": pdf(b"0 0 0.4 rg " + AROUND + b"1 g " + WORD),
    "light grey": pdf(b"0.75 g " + WORD),
    "half transparent": pdf(b"/G gs " + WORD, resources=state(b"/ca 0.3")),
    "only its outline": pdf(b"BT 1 Tr ET 0.3 w " + WORD),
    "filled with a gradient": pdf(
        b"/Pattern cs /P scn " + WORD,
        resources=b"/Pattern << /P << /PatternType 2 /Shading %s >> >>" % FADED,
    ),
    "on a picture": pdf(PICTURE + b"0 1 0 rg " + WORD, image(), resources=XOBJECT),
    "on a gradient": pdf(
        b"q 66 592 64 22 re W n /S sh Q\n1 g " + WORD, resources=b"/Shading << /S %s >>" % FADED
    ),
    "on a box that was painted before": pdf(b"0.9 g " + AROUND + b"0 g " + WORD),
    "under a highlight": annotated(
        b"Highlight", b"/G gs 1 1 0 rg 66 592 64 22 re f", b"/Resources << %s >>" % state(b"/BM /Multiply")
    ),
    "under a half transparent box": pdf(WORD + b"0 g /G gs " + AROUND, resources=state(b"/ca 0.5")),
    "under a box that multiplies": pdf(WORD + b"1 1 0 rg /G gs " + AROUND, resources=state(b"/BM /Multiply")),
    "in a frame": pdf(WORD + b"66 592 64 22 re S\n"),
    "in a ring": pdf(WORD + b"60 586 76 34 re 66 592 64 22 re f*\n"),
    "under a box that is clipped away": pdf(WORD + b"q 300 300 50 50 re W n " + AROUND + b"Q\n"),
    "under a picture that is transparent": pdf(
        WORD + PICTURE,
        image(extra=b"/SMask 7 0 R"),
        deflated(
            bytes(800),
            b"/Type /XObject /Subtype /Image /Width 40 /Height 20 /ColorSpace /DeviceGray /BitsPerComponent 8 ",
        ),
        resources=XOBJECT,
    ),
    "drawn twice to be bold": pdf(WORD + b"q 1 0 0 1 0.3 0 cm " + WORD + b"Q\n"),
    "with a shadow": pdf(b"0.7 g q 1 0 0 1 1 -1 cm " + WORD + b"Q 0 g " + WORD),
    "struck through": pdf(WORD + b"70 603 54 2.2 re f\n"),
    "in a layer that is on": optional(WORD, on=True),
    "in a layer that is on, over a picture": optional(b"0 1 0 rg " + WORD, on=True, more=PICTURE),
    "on a turned page": pdf(WORD, page=b"/Rotate 270"),
    "turned": pdf(TURNED),
    "beside a box": pdf(WORD + b"0 g 122 592 64 22 re f\n"),
    "in a form": pdf(b"/X Do\n", form(WORD), resources=b"/XObject << /X 6 0 R >>"),
}


@pytest.fixture(params=["loops", "pillow"])
def loops(request, monkeypatch):
    """With the compiled loops, and without."""
    if request.param == "pillow":
        monkeypatch.setattr(native, "_library", lambda: None)
        native.built.cache_clear()
    yield
    native.built.cache_clear()


def seen(tmp_path, data):
    (tmp_path / "a.pdf").write_bytes(data)
    document = open_document(str(tmp_path / "a.pdf"), "pdf", rendering=Rendering(), limits=Limits())
    page = document.read(0)
    layer = document.text_layer(0, page)
    again = document.read(0)
    document.close()
    assert again.image.tobytes() == page.image.tobytes()  # what was switched off for a look is on again
    assert [word.text for word in layer.words][:6] == ["The", "name", "of", "the", "witness", "is"]
    return layer


def words(layer):
    return [word.text for word in layer.words][6:]


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("case", HIDDEN)
def test_what_is_not_seen_is_not_text(tmp_path, case):
    layer = seen(tmp_path, HIDDEN[case])
    assert "Marlowe" not in words(layer)
    assert not set("Marlowe") & set("".join(words(layer)).replace("exempt", "").replace("Someone", ""))
    assert "Marlowe" not in str(fallback_blocks(layer))


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("case", SEEN)
def test_what_is_seen_is_text(tmp_path, case):
    found = [word for word in seen(tmp_path, SEEN[case]).words[6:] if word.text == "Marlowe"]
    assert found
    assert all(word.drawn and not word.obscured for word in found)


@pytest.mark.parametrize("content", [WORD + SCAN, SCAN + b"BT 3 Tr ET " + WORD])
def test_text_under_a_scan_is_kept_as_what_ocr_read(tmp_path, content):
    data = pdf(content, image(), resources=XOBJECT).replace(BASE, BASE)
    (tmp_path / "a.pdf").write_bytes(data)
    document = open_document(str(tmp_path / "a.pdf"), "pdf", rendering=Rendering(), limits=Limits())
    layer = document.text_layer(0, document.read(0))
    document.close()
    word = next(word for word in layer.words if word.text == "Marlowe")
    assert not word.drawn
    assert text_in(layer, word.bbox) is None
    assert text_in(layer, word.bbox, strict=False) == "Marlowe"


def test_of_a_word_that_is_half_covered_the_seen_half_is_left(tmp_path):
    layer = seen(tmp_path, pdf(WORD + b"0 g 66 592 27 22 re f\n"))
    (word,) = layer.words[6:]
    assert word.obscured
    assert word.text == "lowe"
    assert text_in(layer, word.bbox) is None


def test_of_words_in_one_object_only_the_covered_ones_go(tmp_path):
    line = b"BT /F 12 Tf 72 600 Td (Marlowe lives here) Tj ET\n"
    layer = seen(tmp_path, pdf(line + b"0 g 66 592 53 22 re f\n"))
    assert words(layer) == ["lives", "here"]


def test_pixels_are_looked_at_alike_with_and_without_the_loops(monkeypatch):
    from PIL import Image

    shades = random.Random(3)
    for mode in ("L", "RGBX"):
        data = bytearray(zlib.decompress(zlib.compress(shades.randbytes(90 * 70 * len(mode)))))
        shown = PageImage(0, Image.frombuffer(mode, (90, 70), data, "raw", mode, 0, 1), 1, 1, data)
        boxes = []
        for _ in range(60):
            left, top = shades.randrange(88), shades.randrange(68)
            boxes.append((left, top, shades.randint(left + 1, 90), shades.randint(top + 1, 70)))
        small = [box for box in boxes if (box[2] - box[0]) * (box[3] - box[1]) <= 400]
        colours = bytes(shades.choice([0, 128, 255]) for _ in small for _ in "rgb")
        ours = ink.Places(boxes).contrasts(shown, 256), ink.Places(boxes).overlaps()
        shares = ink.Places(small).shares(shown, colours, 64)
        with monkeypatch.context() as patch:
            patch.setattr(native, "_library", lambda: None)
            theirs = ink.Places(boxes).contrasts(shown, 256), ink.Places(boxes).overlaps()
            assert [list(part) for part in ours] == [list(part) for part in theirs]
            assert shares == ink.Places(small).shares(shown, colours, 64)
