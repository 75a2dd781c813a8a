"""Writes small PDFs with the standard fonts. Pure: the same pages give the same bytes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 595, 842
"""A4, in points."""

FONTS = {"regular": "Helvetica", "bold": "Helvetica-Bold", "serif": "Times-Roman", "mono": "Courier"}


@dataclass(slots=True)
class Sheet:
    """One page being drawn. The origin is the lower left corner, lengths are points."""

    _operators: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, *, size: float = 10, font: str = "regular") -> None:
        """One line of Latin text with its baseline at ``y``."""
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self._operators.append(f"BT /{font} {size:g} Tf {x:g} {y:g} Td ({escaped}) Tj ET")

    def line(self, x: float, y: float, to_x: float, to_y: float, width: float = 0.6) -> None:
        """A straight black line."""
        self._operators.append(f"{width:g} w {x:g} {y:g} m {to_x:g} {to_y:g} l S")

    def box(self, x: float, y: float, width: float, height: float, grey: float) -> None:
        """A filled rectangle; ``grey`` 0 is black."""
        self._operators.append(f"{grey:g} g {x:g} {y:g} {width:g} {height:g} re f 0 g")

    @property
    def content(self) -> bytes:
        """The page's content stream."""
        return "\n".join(self._operators).encode("latin-1", "replace")


def write_pdf(sheets: Sequence[Sheet]) -> bytes:
    """A PDF file of these pages."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(sheets)))
    fonts = " ".join(
        f"/{name} << /Type /Font /Subtype /Type1 /BaseFont /{base} /Encoding /WinAnsiEncoding >>"
        for name, base in FONTS.items()
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(sheets)} /Kids [{kids}] >>".encode(),
        f"<< /Font << {fonts} >> >>".encode(),
    ]
    for number, sheet in enumerate(sheets):
        data = zlib.compress(sheet.content, 6)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Resources 3 0 R "
            f"/Contents {5 + 2 * number} 0 R >>".encode()
        )
        objects.append(b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(data) + data + b"\nendstream")
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
