"""Figures and equations drawn with lines and glyphs, as platypus flowables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from reportlab.lib import colors
from reportlab.platypus import Flowable

_MONTHS = ("Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct")
_EXPOSED = (74, 108, 149, 171, 143, 82, 41)
_SHELTERED = (52, 76, 101, 112, 94, 61, 33)
_QUARTERS = (48, 31, 27, 43, 49, 31, 22, 34, 27, 13, 9, 15, 17)


class Drawn(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A flowable of fixed size (points) whose content `draw_on(canvas)` draws from its lower left corner."""

    hAlign = "CENTER"  # noqa: N815  # reportlab's name

    def __init__(self, width: float, height: float, draw_on: Callable[[Any], None]) -> None:
        super().__init__()
        self.width, self.height, self._draw_on = width, height, draw_on

    def draw(self) -> None:
        self._draw_on(self.canv)


def drawing(name: str) -> Drawn:
    """The figure or formula of that name."""
    return {
        "evaporation-chart": lambda: Drawn(228, 128, _evaporation),
        "energy-chart": lambda: Drawn(400, 170, _energy),
        "bulk-transfer": lambda: Drawn(228, 30, _bulk_transfer),
    }[name]()


def _axes(c: Any, right: float, top: float, ticks: range, scale: float) -> None:
    c.setLineWidth(0.8)
    c.line(30, 20, right, 20)
    c.line(30, 20, 30, top)
    c.setFont("Helvetica", 7)
    for value in ticks:
        y = 20 + value * scale
        c.line(27, y, 30, y)
        c.drawRightString(25, y - 2.5, str(value))
        c.setStrokeColor(colors.lightgrey)
        if value:
            c.line(30.5, y, right, y)
        c.setStrokeColor(colors.black)


def _evaporation(c: Any) -> None:
    _axes(c, 222, 124, range(0, 201, 50), 0.5)
    for n, month in enumerate(_MONTHS):
        c.drawCentredString(46 + n * 27, 10, month)
    c.saveState()
    c.translate(6, 72)
    c.rotate(90)
    c.drawCentredString(0, 0, "mm per month")
    c.restoreState()
    for values, dash, mark in ((_EXPOSED, (), 1), (_SHELTERED, (4, 2), 0)):
        points = [(46 + n * 27, 20 + value * 0.5) for n, value in enumerate(values)]
        c.setDash(*dash)
        c.setLineWidth(1.4)
        path = c.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        c.drawPath(path)
        c.setDash()
        for x, y in points:
            c.circle(x, y, 2, fill=mark)


def _energy(c: Any) -> None:
    _axes(c, 394, 164, range(0, 51, 10), 2.7)
    step = 362 / len(_QUARTERS)
    for n, value in enumerate(_QUARTERS):
        x = 30 + n * step
        c.setFillColor(colors.Color(0.25, 0.42, 0.6) if n >= 6 else colors.Color(0.85, 0.55, 0.2))
        c.rect(x + 5, 20, step - 9, value * 2.7, stroke=0, fill=1)
        c.setFillColor(colors.black)
        c.drawCentredString(x + step / 2, 11, f"Q{n % 4 + 1}")
        if n % 4 == 0:
            c.drawCentredString(x + min(4, len(_QUARTERS) - n) * step / 2, 1, str(2021 + n // 4))


def _bulk_transfer(c: Any) -> None:
    pen = _Pen(c, 54, 11)
    pen.text("Times-Italic", "E")
    pen.text("Times-Roman", " = ")
    pen.fraction("a", "w")
    pen.text("Times-Italic", " C", "E")
    pen.text("Times-Italic", " U")
    pen.text("Times-Roman", " (")
    pen.text("Times-Italic", "q", "s")
    pen.text("Times-Roman", " \u2013 ")
    pen.text("Times-Italic", "q", "a")
    pen.text("Times-Roman", ")")


class _Pen:
    """Sets a formula from left to right."""

    def __init__(self, canvas: Any, x: float, y: float) -> None:
        self._canvas, self._x, self._y = canvas, x, y

    def text(self, font: str, text: str, subscript: str = "", size: float = 11, rise: float = 0.0) -> None:
        for content, points, drop in ((text, size, 0.0), (subscript, size * 0.68, 2.5)):
            if content:
                name = font if drop == 0 else "Times-Italic"
                self._canvas.setFont(name, points)
                self._canvas.drawString(self._x, self._y + rise - drop, content)
                self._x += math.ceil(self._canvas.stringWidth(content, name, points) * 10) / 10

    def fraction(self, over: str, under: str) -> None:
        """Greek rho with one subscript over rho with another."""
        start = self._x
        self.text("Symbol", "\u03c1", over, rise=8)
        self._x = start
        self.text("Symbol", "\u03c1", under, rise=-7)
        self._canvas.setLineWidth(0.6)
        self._canvas.line(start - 1, self._y + 3, self._x + 1, self._y + 3)
        self._x += 2
