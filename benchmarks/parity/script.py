"""What the scripted model says: for each page its layout, for each block a reply; and the PDFs it is asked about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.parity.barcode import HEIGHT, PAGE, WIDTH, bars

SIZE = (595.276, 841.89)
_ROTATIONS = {0: "up", 90: "right", 180: "down", 270: "left"}


@dataclass
class ScriptedBlock:
    """``box`` in thousandths of the page. ``coded`` blocks carry a bar code; others are never asked about."""

    type: str
    box: tuple[int, int, int, int]
    reply: str = ""
    angle: int | None = 0
    continued: bool = False
    coded: bool = True


@dataclass
class ScriptedPage:
    number: int
    blocks: list[ScriptedBlock] = field(default_factory=list)
    size: tuple[float, float] = SIZE

    def layout(self) -> str:
        lines = []
        for block in self.blocks:
            box = " ".join(f"{value:03d}" for value in block.box)
            turn = "" if block.angle is None else f"<|rotate_{_ROTATIONS[block.angle]}|>"
            tail = "txt_contd_tgt" if block.continued else ""
            lines.append(f"<|box_start|>{box}<|box_end|><|ref_start|>{block.type}<|ref_end|>{turn}{tail}")
        return "\n".join(lines)


@dataclass
class ScriptedDocument:
    stem: str
    pages: list[ScriptedPage]

    def pdf(self) -> bytes:
        return _pdf([(_content(page), page.size) for page in self.pages])


def save(documents: list[ScriptedDocument], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        (folder / f"{document.stem}.pdf").write_bytes(document.pdf())


def replies(documents: list[ScriptedDocument]) -> dict[str, object]:
    """The script as JSON: by page its layout and the blocks' replies, in order."""
    return {
        str(page.number): {
            "document": document.stem,
            "layout": page.layout(),
            "replies": [block.reply for block in page.blocks],
        }
        for document in documents
        for page in document.pages
    }


def dump(documents: list[ScriptedDocument], path: Path) -> None:
    path.write_text(json.dumps(replies(documents), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _content(page: ScriptedPage) -> bytes:
    width, height = page.size
    out = ["0 g"]

    def code(block: int, left: float, top: float, angle: int) -> None:
        for offset, wide in bars(page.number, block):
            if angle in (90, 270):
                out.append(f"{left:.2f} {height - top - offset - wide:.2f} {HEIGHT:.2f} {wide:.2f} re f")
            else:
                out.append(f"{left + offset:.2f} {height - top - HEIGHT:.2f} {wide:.2f} {HEIGHT:.2f} re f")

    code(PAGE, 12, 6, 0)
    for number, block in enumerate(page.blocks):
        x0, y0, x1, y1 = (
            value / 1000 * side for value, side in zip(block.box, (width, height) * 2, strict=True)
        )
        if not block.coded:
            continue
        upright = x1 - x0 >= WIDTH + 4
        # A block's number leaves out the one that means the page.
        code(number if number < PAGE else number + 1, x0 + 2, y0 + 2, 0 if upright else 90)
        out.append(f"0.8 g {x0 + 2:.2f} {height - y1 + 1:.2f} {max(x1 - x0 - 4, 1):.2f} 0.5 re f 0 g")
    return "\n".join(out).encode()


def _pdf(pages: list[tuple[bytes, tuple[float, float]]]) -> bytes:
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
    ]
    for number, (content, (width, height)) in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {4 + 2 * number} 0 R"
            " /Resources << >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
