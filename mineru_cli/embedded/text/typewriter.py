"""A program of words whose places are known: its lines, with the blanks of its indentation. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.embedded.geometry import hull
from mineru_cli.embedded.text.flow import FlowRow, as_code
from mineru_cli.embedded.text.layer_words import PageWord, rows
from mineru_cli.embedded.text.pitch import LEAST_CHARACTERS, common_pitch, pitch_of


def typewritten(words: Sequence[PageWord]) -> str | None:
    """The lines of words in fixed-pitch type; None where the type is not of fixed pitch."""
    lines = rows(words)
    pitches = [_pitch(line) for line in lines if sum(len(w.text) for w in line) >= LEAST_CHARACTERS]
    pitch = common_pitch(pitches)
    if pitch is None:
        return None
    return as_code([FlowRow(_spaced(line, pitch), hull(w.tight_box for w in line)) for line in lines], pitch)


def _pitch(line: Sequence[PageWord]) -> float | None:
    """Pixels from character to character; blanks count by the white they leave."""
    widest = max(line, key=lambda w: len(w.text))
    if len(widest.text) < 2:
        return None
    step = widest.box.width / len(widest.text)
    left, width = line[0].box.x0, line[-1].box.x1 - line[0].box.x0
    places: list[float] = []
    for word in line:
        blanks = round((word.box.x0 - left) / step) - len(places)
        end = left + len(places) * step
        places += [end + (k + 0.5) * step for k in range(max(0, blanks))]
        wide = word.box.width / len(word.text)
        places += [word.box.x0 + (k + 0.5) * wide for k in range(len(word.text))]
    return pitch_of([(x - left) / width for x in places], width)


def _spaced(line: Sequence[PageWord], pitch: float) -> str:
    """The line with as many blanks between its words as the white between them has room for."""
    text = line[0].text
    for word in line[1:]:
        place = round((word.box.x0 - line[0].box.x0) / pitch)
        text += " " * max(1, place - len(text)) + word.text
    return text
