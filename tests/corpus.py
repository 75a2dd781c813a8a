"""PDFs and images for tests: small, made in memory, the same bytes for the same arguments.

Good ones, broken ones and hostile ones, written by hand so that no test needs a
PDF library to make what it is about to read.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
import zlib
from collections.abc import Iterator
from enum import Enum

from PIL import Image, ImageDraw, ImageFont

from tests.pdf_objects import A4, Object, deflated, page_tree, stream, write, write_encrypted

_GREY_IMAGE = (
    b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceGray"
)
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


# ---------------------------------------------------------------- good files


def _text_objects(pages: list[str], size: tuple[float, float] = A4) -> list[Object]:
    contents = [stream(_text_content(text)) for text in pages]
    return page_tree(contents, b"/Font << /F1 3 0 R >>", [Object(_FONT)], size)


def _text_content(text: str, size: float = 12) -> bytes:
    lines = []
    for line in text.split("\n"):
        escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        lines.append(b"(" + escaped.encode("cp1252") + b") '")
    return b"BT /F1 %g Tf %g TL 72 770 Td\n" % (size, size * 1.3) + b"\n".join(lines) + b"\nET"


def text_pdf(pages: list[str], size: tuple[float, float] = A4) -> bytes:
    """A PDF with a text layer; one string a page (cp1252), line by line. `size` in points."""
    return write(_text_objects(pages, size))


def page_picture(text: str, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    """A grey picture of a page with `text` on it, in letters of 1/50 of the width; A4 at 150 dpi."""
    picture = Image.new("L", size, 250)
    height = max(size[0] // 50, 1)
    font, corner = ImageFont.load_default(height), (height * 4, height * 4)
    ImageDraw.Draw(picture).multiline_text(corner, text, fill=25, font=font, spacing=height // 2)
    return picture


def image_pdf(pages: list[str], size: tuple[int, int] = (1240, 1754)) -> bytes:
    """A scan: each page is one deflated grey image with its text drawn on it, and has no text layer."""
    images = [deflated(page_picture(text, size).tobytes(), _GREY_IMAGE % size) for text in pages]
    contents = [stream(b"q %d 0 0 %d 0 0 cm /I%d Do Q" % (*A4, n)) for n in range(len(pages))]
    names = b" ".join(b"/I%d %d 0 R" % (n, 3 + n) for n in range(len(pages)))
    return write(page_tree(contents, b"/XObject << " + names + b" >>", images))


def rotated_pdf(text: str, degrees: int) -> bytes:
    """A text page whose /Rotate is `degrees` (a multiple of 90)."""
    turned = b"/Rotate %d /MediaBox" % degrees
    upright = _text_objects([text])
    return write([Object(item.body.replace(b"/MediaBox", turned), item.stream) for item in upright])


def encrypted_pdf(pages: list[str], user_password: str, owner_password: str = "owner") -> bytes:
    """A text PDF under 128-bit RC4. With an empty user password anybody can open it."""
    identifier = hashlib.md5(repr((pages, user_password)).encode()).digest()
    return write_encrypted(_text_objects(pages), user_password, owner_password, identifier)


def png_bytes(text: str, size: tuple[int, int] = (1240, 1754)) -> bytes:
    """A page as a grey PNG."""
    return _image_bytes([page_picture(text, size)], "PNG")


def jpeg_bytes(text: str, size: tuple[int, int] = (1240, 1754)) -> bytes:
    """A page as a grey JPEG."""
    return _image_bytes([page_picture(text, size)], "JPEG")


def webp_bytes(text: str, size: tuple[int, int] = (1240, 1754)) -> bytes:
    """A page as a WebP."""
    return _image_bytes([page_picture(text, size)], "WEBP")


def bmp_bytes(text: str, size: tuple[int, int] = (1240, 1754)) -> bytes:
    """A page as a BMP (uncompressed: small sizes are kind)."""
    return _image_bytes([page_picture(text, size)], "BMP")


def tiff_bytes(pages: list[str], size: tuple[int, int] = (1240, 1754)) -> bytes:
    """A TIFF of one or more pages."""
    return _image_bytes([page_picture(text, size) for text in pages], "TIFF")


def _image_bytes(pictures: list[Image.Image], form: str) -> bytes:
    out = io.BytesIO()
    several = {"save_all": True, "append_images": pictures[1:], "compression": "tiff_deflate"}
    pictures[0].save(out, form, **(several if form == "TIFF" else {}))
    return out.getvalue()


# ---------------------------------------------------------------- broken and hostile files


def zero_page_pdf() -> bytes:
    """A valid PDF without a page.

    pdfium opens it; pypdfium2 does not, and raises with the error code of the last file that failed.
    """
    return write(page_tree([], b"", []))


def truncated(pdf: bytes, fraction: float = 0.5) -> bytes:
    """The first part of a file."""
    return pdf[: int(len(pdf) * fraction)]


def broken_page_pdf(pages: list[str], broken: int) -> bytes:
    """A text PDF whose page `broken` (from 0) is an object that does not exist."""
    catalogue, tree, *rest = _text_objects(pages)
    number = b"%d 0 R" % (4 + 2 * broken)
    return write([catalogue, Object(tree.body.replace(number, b"999 0 R")), *rest])


def huge_page_pdf(text: str = "huge page", inches: float = 200) -> bytes:
    """A square page with sides of `inches`; at 200 dpi it would be 40,000 x 40,000 pixels."""
    return text_pdf([text], (inches * 72, inches * 72))


def huge_image_pdf(width: int = 10_000, height: int = 10_000) -> bytes:
    """One page with a real grey image of that many pixels, striped, in a tiny file."""
    row = bytes(255 if column // 500 % 2 else 0 for column in range(width))
    squeeze = zlib.compressobj(9)
    data = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    return _one_image(width, height, data)


def pixel_bomb_pdf(width: int = 70_000, height: int = 72_000) -> bytes:
    """One page with an image of so many black pixels (5 GB), each of them in the data, in eight kilobytes."""
    return _one_image(width, height, zlib.compress(_deflated_zeros(width * height), 9), twice=True)


def _deflated_zeros(count: int, block: int = 1 << 24) -> bytes:
    """What zlib makes of so many zeros, put together from one block of them that it is given."""
    squeeze, last = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.compressobj(9, zlib.DEFLATED, -15)
    blocks, rest = divmod(count, block)
    whole = (squeeze.compress(bytes(block)) + squeeze.flush(zlib.Z_FULL_FLUSH)) * blocks
    checksum = (count % 65521) << 16 | 1
    return b"\x78\xda" + whole + last.compress(bytes(rest)) + last.flush() + checksum.to_bytes(4, "big")


def flate_bomb_pdf(megabytes: int = 512) -> bytes:
    """One page whose content stream inflates to so many megabytes, from a thousandth of them."""
    squeeze = zlib.compressobj(9)
    block = b" " * (1 << 20)
    data = b"".join(squeeze.compress(block) for _ in range(megabytes)) + squeeze.flush()
    return write(page_tree([stream(data, b"/Filter /FlateDecode")], b"", []))


def _one_image(width: int, height: int, data: bytes, *, twice: bool = False) -> bytes:
    filters = b"[/FlateDecode /FlateDecode]" if twice else b"/FlateDecode"
    image = stream(data, _GREY_IMAGE % (width, height) + b" /Filter " + filters)
    content = stream(b"q %d 0 0 %d 0 0 cm /I0 Do Q" % A4)
    return write(page_tree([content], b"/XObject << /I0 3 0 R >>", [image]))


def slow_pdf(text: str = "slow page", operations: int = 400_000) -> bytes:
    """A page that loads at once and that pdfium draws for hours, in little memory.

    Its background is a shading whose function, so many operations long, is run for each pixel.
    """
    program = b"{ add " + b"sin cos " * (operations // 2) + b"}"
    function = deflated(program, b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1]")
    shading = Object(
        b"<< /ShadingType 1 /ColorSpace /DeviceGray /Function 4 0 R /Matrix [595 0 0 842 0 0] >>"
    )
    content = stream(b"/S sh\n" + _text_content(text))
    resources = b"/Font << /F1 3 0 R >> /Shading << /S 5 0 R >>"
    return write(page_tree([content], resources, [Object(_FONT), function, shading]))


def form_bomb_pdf(text: str = "form bomb", depth: int = 7, fan: int = 1000) -> bytes:
    """A page that pdfium does not even finish loading, while its memory grows by some 200 MB a second.

    Form k draws form k + 1 `fan` times. pdfium limits the nesting, hence the wide fan and the low depth.
    """
    forms = []
    for level in range(depth):
        inner = b"/X Do\n" * fan if level < depth - 1 else b"10 10 300 300 re f\n"
        entries = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
        if level < depth - 1:
            entries += b" /Resources << /XObject << /X %d 0 R >> >>" % (5 + level)
        forms.append(deflated(inner, entries))
    content = stream(_text_content(text) + b"\n/X Do")
    resources = b"/Font << /F1 3 0 R >> /XObject << /X 4 0 R >>"
    return write(page_tree([content], resources, [Object(_FONT), *forms]))


def mutated(pdf: bytes, seed: int, other: bytes = b"") -> bytes:
    """`pdf` after one to four bit flips, cuts, repeated or moved pieces, chosen by `seed`.

    With an `other` PDF, objects of that one may take the place of its own.
    """
    rng = random.Random(seed)
    data = bytearray(pdf)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        number = rng.randrange(len(_MUTATIONS) + bool(other))
        if number == len(_MUTATIONS):
            _splice_object(data, rng, other)
        else:
            _MUTATIONS[number](data, rng)
    return bytes(data)


_OBJECT = re.compile(rb"\d+ \d+ obj\b(.*?)\bendobj", re.DOTALL)


def _splice_object(data: bytearray, rng: random.Random, other: bytes) -> None:
    """Put the body of one of the other file's objects where one of ours was, under our number."""
    ours, theirs = list(_OBJECT.finditer(data)), list(_OBJECT.finditer(other))
    if ours and theirs:
        start, end = rng.choice(ours).span(1)
        data[start:end] = rng.choice(theirs)[1]


def _flip_bits(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 40)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _cut_end(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _cut_piece(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    del data[start : start + rng.randint(1, 200)]


def _repeat_piece(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    piece = data[start : start + rng.randint(1, 400)]
    at = rng.randrange(len(data) + 1)
    data[at:at] = piece * rng.randint(1, 5)


def _turn_reference(data: bytearray, rng: random.Random) -> None:
    """Point a reference at another object, which makes loops and wrong types."""
    places = [n for n in range(len(data) - 5) if data[n : n + 4] == b" 0 R" and chr(data[n - 1]).isdigit()]
    if places:
        data[rng.choice(places) - 1] = ord(str(rng.randint(0, 9)))


def _change_number(data: bytearray, rng: random.Random) -> None:
    places = [n for n, byte in enumerate(data) if 48 <= byte <= 57]
    if places:
        at = rng.choice(places)
        data[at : at + 1] = str(rng.choice([0, -1, 9, 65536, 2**31, 2**63])).encode()


_MUTATIONS = (_flip_bits, _cut_end, _cut_piece, _repeat_piece, _turn_reference, _change_number)


# ---------------------------------------------------------------- a whole tree of files


class Expectation(Enum):
    """What a converter should make of a file."""

    DIGITAL = "done, with text that can be read from the file"
    SCANNED = "done, by recognition only"
    BROKEN = "failed: not a readable PDF"
    ENCRYPTED = "failed: needs a password"
    EMPTY = "failed: no pages or no bytes"


_SUBJECTS = ("harbour", "orchard", "library", "railway", "bakery", "museum", "reservoir", "market", "chapel")
_DEEDS = ("opened", "repaired", "measured", "painted", "closed", "visited", "described", "rebuilt", "sold")


def prose(identifier: str, page: int, lines: int = 12) -> str:
    """Some sentences of plain English that name the document and the page."""
    rng = random.Random(f"{identifier}/{page}")
    sentences = []
    for _ in range(lines):
        one, other, deed = rng.choice(_SUBJECTS), rng.choice(_SUBJECTS), rng.choice(_DEEDS)
        sentences.append(f"The {one} near the {other} was {deed} in {rng.randint(1850, 2024)}.")
    return "\n".join([f"Document {identifier}, page {page}", *sentences])


def mixed_corpus(n: int, seed: int) -> Iterator[tuple[str, bytes, Expectation]]:
    """`n` files as (relative name, bytes, expectation); of ten, six are digital, two scanned, two bad."""
    rng = random.Random(seed)
    for number in range(n):
        identifier = f"{seed}-{number:04d}"
        expectation = _kind(number)
        folder = rng.choice(("", "2023/", "2024/spring/", "with space/"))
        name = f"{folder}{expectation.name.lower()}-{number:04d}.pdf"
        yield name, _bytes(expectation, identifier, rng), expectation


def _kind(number: int) -> Expectation:
    """Every kind turns up early, at fixed places, so that a short corpus is mixed as well."""
    last = number % 10
    if last in (2, 7):
        return Expectation.SCANNED
    if last == 4:
        return Expectation.ENCRYPTED
    if last == 9:
        return Expectation.EMPTY if number % 20 == 19 else Expectation.BROKEN
    return Expectation.DIGITAL


def _bytes(expectation: Expectation, identifier: str, rng: random.Random) -> bytes:
    texts = [prose(identifier, page) for page in range(1, rng.randint(1, 4) + 1)]
    if expectation is Expectation.SCANNED:
        return image_pdf(texts[:2], (827, 1169))
    if expectation is Expectation.ENCRYPTED:
        return encrypted_pdf(texts, f"secret-{identifier}")
    if expectation is Expectation.BROKEN:
        return rng.choice((b"this is not a PDF " + identifier.encode(), truncated(text_pdf(texts), 0.1)))
    if expectation is Expectation.EMPTY:
        return rng.choice((b"", zero_page_pdf()))
    return text_pdf(texts)
