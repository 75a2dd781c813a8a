"""A page to draw on: reportlab with the origin at the top left, and paragraphs that wrap."""

from __future__ import annotations

from pathlib import Path
from random import Random

from reportlab.lib.colors import Color, black
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

_TRUETYPE = Path("/usr/share/fonts/truetype")
_SYSTEM = {
    "DejaVuSans": "dejavu",
    "DejaVuSerif": "dejavu",
    "NanumGothic": "nanum",
    "NanumMyeongjo": "nanum",
    "Lohit-Devanagari": "lohit-devanagari",
}
"""Fonts by the folder of their Debian packages: fonts-dejavu, fonts-nanum, fonts-lohit-deva."""
_VERA = Path(pdfmetrics.__file__).parents[1] / "fonts"
_WQY = Path(__file__).resolve().parents[2] / "examples" / "fonts" / "wqy-microhei-subset.ttf"

FAMILIES = {
    "times": ("Times-Roman", "Times-Bold", "Times-Italic"),
    "helvetica": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "vera": ("Vera", "VeraBd", "VeraIt"),
    "courier": ("Courier", "Courier-Bold", "Courier-Oblique"),
}


def register() -> None:
    """Make the fonts known that are files."""
    for name in ("Vera", "VeraBd", "VeraIt"):
        pdfmetrics.registerFont(TTFont(name, str(_VERA / f"{name}.ttf")))
    pdfmetrics.registerFont(TTFont("Wqy", str(_WQY)))
    for name, folder in _SYSTEM.items():
        if (_TRUETYPE / folder / f"{name}.ttf").exists():
            pdfmetrics.registerFont(TTFont(name, str(_TRUETYPE / folder / f"{name}.ttf")))


def has_font(name: str) -> bool:
    """Whether a font that is a file of the system was found."""
    return name in pdfmetrics.getRegisteredFontNames()


class Sheet:
    """One page in points. ``y`` grows downwards and is the baseline of what is written."""

    def __init__(self, path: Path, size: tuple[float, float] = (595, 842), family: str = "times") -> None:
        self.canvas = Canvas(str(path), pagesize=size, invariant=1)
        self.width, self.height = size
        self.regular, self.bold, self.italic = FAMILIES[family]
        self.colour: Color = black

    def text(
        self, x: float, y: float, text: str, size: float = 10, font: str = "", align: str = "left"
    ) -> float:
        """Write one line; gives its width. ``x`` is its left, right or middle."""
        font = font or self.regular
        width = pdfmetrics.stringWidth(text, font, size)
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(self.colour)
        left = {"left": x, "right": x - width, "centre": x - width / 2}[align]
        self.canvas.drawString(left, self.height - y, text)
        return float(width)

    def rule(self, x0: float, y: float, x1: float, width: float = 0.6) -> None:
        self.line(x0, y, x1, y, width)

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.6) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)

    def fill(self, x0: float, y0: float, x1: float, y1: float, colour: Color) -> None:
        self.canvas.setFillColor(colour)
        self.canvas.rect(x0, self.height - y1, x1 - x0, y1 - y0, stroke=0, fill=1)

    def wrapped(self, text: str, width: float, size: float, font: str = "") -> list[str]:
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if pdfmetrics.stringWidth(longer, font or self.regular, size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        size: float = 10,
        *,
        leading: float = 1.25,
        font: str = "",
        justify: bool = True,
        hang: float = 0.0,
        first: float = 0.0,
    ) -> float:
        """Write a paragraph from the baseline ``y`` on; gives the baseline of the line after it.

        ``hang`` sets in all lines but the first, ``first`` the first.
        """
        font = font or self.regular
        lines = self.wrapped(text, width - max(hang, first), size, font)
        for number, line in enumerate(lines):
            left = x + (first if number == 0 else hang)
            gaps = line.count(" ")
            short = width - (left - x) - pdfmetrics.stringWidth(line, font, size)
            self.canvas.setFillColor(self.colour)
            body = self.canvas.beginText(left, self.height - y)
            body.setFont(font, size)
            if justify and number < len(lines) - 1 and gaps and short < 0.25 * width:
                body.setWordSpace(short / gaps)
            body.textLine(line)
            body.setWordSpace(0)
            self.canvas.drawText(body)
            y += size * leading
        return y

    def figure(self, x0: float, y0: float, x1: float, y1: float, rng: Random) -> None:
        """A picture: shapes without letters."""
        self.fill(x0, y0, x1, y1, Color(0.85, 0.9, 0.95))
        for _ in range(7):
            a, b = sorted((rng.uniform(x0, x1), rng.uniform(x0, x1)))
            self.fill(
                a,
                rng.uniform(y0, (y0 + y1) / 2),
                b,
                y1 - rng.uniform(0, 20),
                Color(rng.random(), 0.4, rng.random()),
            )

    def save(self) -> None:
        self.canvas.showPage()
        self.canvas.save()
