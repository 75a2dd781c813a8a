"""From a PDF page's own coordinates to places on the page as displayed."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

_CANVAS = 1_000_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """From the page's own coordinates to shares of the page as displayed: x' = a x + c y + e, and so on."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def of(cls, page: Any) -> Sheet:
        """That of a loaded page."""
        x, y = ctypes.c_int(), ctypes.c_int()

        def at(left: float, top: float) -> tuple[float, float]:
            pdfium.FPDF_PageToDevice(page, 0, 0, _CANVAS, _CANVAS, 0, left, top, x, y)
            return x.value / _CANVAS, y.value / _CANVAS

        span = 1_000.0
        (e, f), (right, down), (right2, down2) = at(0, 0), at(span, 0), at(0, span)
        return cls((right - e) / span, (down - f) / span, (right2 - e) / span, (down2 - f) / span, e, f)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point in points as shares of the page, from its upper left corner."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def quarter(self, angle: float) -> int:
        """Degrees, a multiple of 90, that text of this angle (radians) is turned by clockwise; -1 askew."""
        across, along = math.cos(angle), math.sin(angle)
        dx, dy = self.a * across + self.c * along, self.b * across + self.d * along
        turns = math.atan2(dy * abs(self.a + self.c), dx * abs(self.b + self.d)) / (math.pi / 2)
        return round(turns) % 4 * 90 if abs(turns - round(turns)) < 0.06 else -1
