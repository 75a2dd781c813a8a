"""What the text of a line shows: prose, mathematics, or a part of a formula. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.page import UprightPage
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.text.lines import TextLine

PROSE = 0.35
"""Share of letters in ordinary words from which a line counts as prose, 0-1."""

SCRAP = 8
"""Parts of a formula with fewer characters than this may look like a word."""

GLANCE = 8.0
"""Width of the middle of a line that is recognised first, in its heights."""

SURELY_PROSE = 0.45
"""Share of letters in ordinary words there, from which the rest of the line is not recognised, 0-1."""

_WORD = re.compile(r"[^\W\d_]{3,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_LONG_WORD = re.compile(r"[^\W\d_]{5,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{3,}")
"""Words inside a formula region of the network: long ones only, as OCR joins the letters of products."""

_FUNCTION = re.compile(
    r"(?:arc)?(?:sin|cos|tan)h?|cot|sec|csc|log|exp|arg|max|min|argmax|argmin|softmax|sup|inf|lim|det|dim|ker|mod|deg"
    r"|gcd|rank|diag|sgn|sign|var|cov|if|and|for|else|const|otherwise|where|with",
    re.IGNORECASE,
)
_STRONG = re.compile(r"[≤≥≠≈≡∈∉⊂⊆∑∫∏√∂∇∞±×÷⋅·→⇒⇔↦∥∀∃∪∩⊗⊕−\u0391-\u03c9]|[=<>]")
_NOT_ASCII = re.compile(r"[≤≥≠≈≡∈∉⊂⊆∑∫∏√∂∇∞±×÷⋅→⇒⇔↦∥∀∃∪∩⊗⊕]")
_LETTER = re.compile(r"[^\W\d_]")
_INDEX = re.compile(r"[²³⁰-⁹₀-₉−]|(?<![Α-ω])[Α-ω](?![Α-ω])")
_RELATION = re.compile(r"[=<>≤≥≈]")
_NUMBER = re.compile(r"^\(?\s*(?:[A-Z]{1,2}\.?)?\d{1,3}(?:[.\-–]\d{1,3})*[a-z']?\s*\)$")


@dataclass(frozen=True, slots=True)
class FormulaPiece:
    """A line with its recognised text, or that of its middle where this shows that it is prose.

    ``mathematical`` is the share of its characters in fonts of formulas, ``prose`` that of letters in
    ordinary words, 0-1. ``column`` is the box of the text above and below it, None without any.
    """

    line: TextLine
    text: str
    mathematical: float
    prose: float
    column: Box | None = None

    @property
    def box(self) -> Box:
        """The line's box on the levelled page."""
        return self.line.level

    @property
    def is_number(self) -> bool:
        """An equation number at the margin: "(3.1)"."""
        return bool(_NUMBER.match(self.text.strip()))

    @property
    def is_maths(self) -> bool:
        """Its text is mathematics."""
        shown = bool(_STRONG.search(self.text)) or self.mathematical > 0
        return self.prose <= PROSE and shown and not self.is_number

    @property
    def is_plain_proof(self) -> bool:
        """It has signs and letters that occur only in formulas."""
        if self.mathematical:
            return True
        signs = _NOT_ASCII.search(self.text) or (_RELATION.search(self.text) and _INDEX.search(self.text))
        return bool(signs and _LETTER.search(self.text))

    @property
    def is_scrap(self) -> bool:
        """It may be part of a formula: a limit, a numerator, a row of a matrix."""
        return not self.is_number and (self.prose <= PROSE or len(self.text) < SCRAP)


def prose_share(text: str, word: re.Pattern[str] = _WORD) -> float:
    """Share of the characters, without spaces, that are letters of ordinary words; 1 for an empty text."""
    total = sum(not c.isspace() for c in text)
    words = [w for w in word.findall(text) if not _FUNCTION.fullmatch(w)]
    return sum(map(len, words)) / total if total else 1.0


def piece_of(line: TextLine, page: UprightPage, named: Sequence[Box]) -> FormulaPiece:
    """The line with its text. ``named`` are the formula regions of the layout network."""
    reading = _read(line, page, named)
    word = _LONG_WORD if is_named(line, named) else _WORD
    prose = max(0.0, prose_share(reading.text, word) - reading.mathematical)
    return FormulaPiece(line, reading.text, reading.mathematical, prose)


def _read(line: TextLine, page: UprightPage, named: Sequence[Box]) -> OcrReading:
    """The line's text; only that of its middle if this is prose or unreadable: width costs time."""
    box, reach = line.box, GLANCE / 2 * line.height
    if not page.in_layer and box.width > 2 * GLANCE * line.height and not is_named(line, named):
        middle = page.peek(Box(box.cx - reach, box.y0, box.cx + reach, box.y1))
        if prose_share(middle.text) >= SURELY_PROSE:
            return middle
    return page.peek(box)


def is_proven(piece: FormulaPiece, named: Sequence[Box]) -> bool:
    """Its text alone, or with the network's word, shows that it is a formula."""
    return piece.is_maths and (piece.is_plain_proof or is_named(piece.line, named))


def is_named(line: TextLine, named: Sequence[Box]) -> bool:
    """The line lies in a formula region of the network."""
    return any(line.box.share_in(box) > 0.5 for box in named)
