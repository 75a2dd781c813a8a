"""Assigns captions and footnotes to the figures, tables and listings of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mineru_cli.output.elements import Notes, Part
from mineru_cli.output.geometry import gap

_FIGURES = frozenset({"image", "chart", "image_block"})
_TABLES = frozenset({"table"})
_CODE = frozenset({"code", "algorithm"})
_ANY = _FIGURES | _TABLES | _CODE
_TARGETS = {
    "image_caption": _FIGURES,
    "image_footnote": _FIGURES,
    "table_caption": _TABLES,
    "table_footnote": _TABLES,
    "code_caption": _CODE,
    "caption": _ANY,
    "footnote": _ANY,
}
_MAX_GAP = 0.25
_WRONG_SIDE = 0.03
"""Penalty for a caption above a figure or below a table: between two of a kind the usual side decides."""


def attach(parts: Sequence[Part]) -> tuple[dict[int, Notes], set[int]]:
    """The notes of each body, by the body's index, and the indexes of all assigned ones.

    The nearest pairs are matched first, and a body gets a second caption only when every caption has had its
    first choice: two stacked figures keep one each.
    """
    bodies = [part for part in parts if part.block.type in _ANY]
    notes = [part for part in parts if part.block.type in _TARGETS]
    pairs = sorted(
        (distance, note.index, body.index, note, body)
        for note in notes
        for body in bodies
        if body.block.type in _TARGETS[note.block.type] and (distance := _distance(note, body)) <= _MAX_GAP
    )
    owner: dict[int, int] = {}
    taken: set[tuple[int, bool]] = set()
    for again in (False, True):
        for _, note_index, body_index, note, _ in pairs:
            slot = (body_index, _is_footnote(note))
            if note_index not in owner and (again or slot not in taken):
                owner[note_index] = body_index
                taken.add(slot)
    return _collect(notes, owner), set(owner)


def _collect(notes: Sequence[Part], owner: dict[int, int]) -> dict[int, Notes]:
    captions: dict[int, list[Part]] = defaultdict(list)
    footnotes: dict[int, list[Part]] = defaultdict(list)
    for note in notes:
        if note.index in owner:
            (footnotes if _is_footnote(note) else captions)[owner[note.index]].append(note)
    found = captions.keys() | footnotes.keys()
    return {body: Notes(tuple(captions[body]), tuple(footnotes[body])) for body in found}


def _is_footnote(note: Part) -> bool:
    return note.block.type.endswith("footnote")


def _distance(note: Part, body: Part) -> float:
    """Gap between the two, as a share of the page, with the penalty for the unusual side."""
    distance = gap(note.block.bbox, body.block.bbox)
    above = note.block.bbox[1] < body.block.bbox[1]
    usual_above = not _is_footnote(note) and body.block.type not in _FIGURES
    return distance if above == usual_above else distance + _WRONG_SIDE
