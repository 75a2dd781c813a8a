"""A program listing from words with known positions: its lines, with their indentation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from mineru_cli.embedded.geometry import hull
from mineru_cli.embedded.text.flow import FlowRow, as_code
from mineru_cli.embedded.text.layer_words import PageWord, rows

BEARING = 0.25
"""White space on both sides of a word's first and last letters, in characters: its box is around the ink."""

LONG = 4
"""Minimum number of characters of a word whose width shows the pitch."""

NEAR, FAR = 14, 60
"""Characters between words over which the first estimate of the pitch is good enough, and the refined one."""

EVEN, AGREEING = 0.08, 0.8
"""Relative deviation of a word's pitch from the common one, and minimum share of words below it."""


def typewritten(words: Sequence[PageWord]) -> str | None:
    """The lines of words in a monospaced font; None where the font is not monospaced."""
    pitch = _pitch(words)
    if pitch is None:
        return None
    lines = rows(words)
    for reach in NEAR, FAR:
        pitch = _refined(pitch, lines, reach)
    return as_code([FlowRow(_spaced(line, pitch), hull(w.tight_box for w in line)) for line in lines], pitch)


def _pitch(words: Sequence[PageWord]) -> float | None:
    """Distance from character to character in pixels, the same in most long words; None where it differs."""
    pitches = [w.box.width / (len(w.text) - BEARING) for w in words if len(w.text) >= LONG]
    if len(pitches) < 3:
        return None
    usual = median(pitches)
    agreeing = sum(abs(pitch - usual) < EVEN * usual for pitch in pitches)
    return usual if agreeing >= AGREEING * len(pitches) else None


def _refined(pitch: float, lines: Sequence[Sequence[PageWord]], reach: int) -> float:
    """The pitch by the distances between the starts of words that are up to ``reach`` characters apart."""
    steps = [word.box.x0 - line[0].box.x0 for line in lines for word in line[1:]]
    counted = [(step, round(step / pitch)) for step in steps]
    found = [step / count for step, count in counted if LONG < count <= reach]
    return median(found) if found else pitch


def _spaced(line: Sequence[PageWord], pitch: float) -> str:
    """The line with as many spaces between its words as fit into the gaps."""
    text = line[0].text
    for word in line[1:]:
        place = round((word.box.x0 - line[0].box.x0) / pitch)
        text += " " * max(1, place - len(text)) + word.text
    return text
