"""Figures, tables and listings with their captions and footnotes, by MinerU's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mineru_cli.output.tree import boxes
from mineru_cli.output.tree.build import CAPTION, FOOTNOTE, IMAGE_GROUP
from mineru_cli.output.tree.fragments import BODIES
from mineru_cli.output.tree.node import Json, Node

_OF_GROUPS = ("sub_type", "guess_lang")
_NOTES = frozenset({CAPTION, FOOTNOTE})


@dataclass(frozen=True, slots=True)
class Grouped:
    """``groups`` in reading order, and the captions and footnotes that belong to none of them."""

    groups: list[Node]
    left: list[Node]


def group(blocks: Sequence[Node]) -> Grouped:
    """Group a page's figures. ``blocks`` are in reading order; lists already have their members."""
    inner = _inside_image_groups(blocks)
    absorbed = {id(member) for members in inner.values() for member in members}
    row = _Row([block for block in blocks if id(block) not in absorbed and not _is_empty_list(block)])
    bodies = [block for block in row.blocks if block.kind in BODIES]
    notes: dict[int, list[Node]] = {id(body): [] for body in bodies}
    left: list[Node] = []
    for note in row.blocks:
        if note.kind in _NOTES:
            owner = row.owner(note, bodies)
            (left if owner is None else notes[id(owner)]).append(note)
    groups = [_group(body, notes[id(body)], inner.get(id(body), [])) for body in bodies]
    return Grouped(groups, left)


def _is_empty_list(block: Node) -> bool:
    return block.kind == "list" and not block.blocks


def _inside_image_groups(blocks: Sequence[Node]) -> dict[int, list[Node]]:
    """Pictures and charts inside a frame, by the frame's identity: the frame replaces them."""
    frames = [block for block in blocks if block.kind == IMAGE_GROUP]
    inner: dict[int, list[Node]] = {}
    for block in blocks:
        if not frames or block.kind not in ("image_body", "chart_body"):
            continue
        shares = [(boxes.covered(block.bbox, frame.bbox), frame) for frame in frames]
        around = [
            (-share, boxes.area(frame.bbox), frame.index or 0, frame)
            for share, frame in shares
            if share >= 0.9
        ]
        if around:
            inner.setdefault(id(min(around, key=lambda one: one[:3])[3]), []).append(block)
    return inner


def _group(body: Node, notes: list[Node], inner: list[Node]) -> Node:
    kind = BODIES[body.kind]
    extras: Json = {key: body.extras[key] for key in _OF_GROUPS if key in body.extras}
    if kind == "image" and inner:
        extras["sub_images"] = [
            {"type": BODIES[member.kind], "bbox": boxes.relative(member.bbox, body.bbox)} for member in inner
        ]
    if body.extras.get("cell_merge"):
        extras["cell_merge"] = body.extras["cell_merge"]
    own = {key: value for key, value in body.extras.items() if key not in _OF_GROUPS}
    members = [replace(body, kind=f"{kind}_body", extras=own)]
    members += [replace(note, kind=f"{kind}_{note.kind}") for note in notes]
    members.sort(key=lambda member: member.index or 0)
    return Node(
        kind, body.bbox, body.index, blocks=members, extras=extras, source=body.source, flaw=body.flaw
    )


class _Row:
    """A page's blocks in order, with the distances between them."""

    def __init__(self, blocks: list[Node]) -> None:
        self.blocks = blocks
        self._place = {id(block): place for place, block in enumerate(blocks)}

    def owner(self, note: Node, bodies: Sequence[Node]) -> Node | None:
        """The body that a caption or footnote belongs to."""
        near = [(self._steps(note, body), body) for body in bodies if self._reachable(note, body)]
        if not near:
            return None
        fewest = min(steps for steps, _ in near)
        nearest = [body for steps, body in near if steps == fewest]
        if len(nearest) == 1:
            return nearest[0]
        return _of_equals(note, nearest)

    def _between(self, note: Node, body: Node) -> list[Node]:
        first, last = sorted((self._place[id(note)], self._place[id(body)]))
        return self.blocks[first + 1 : last]

    def _steps(self, note: Node, body: Node) -> int:
        """Positions between the two, without others of the note's kind."""
        return sum(block.kind != note.kind for block in self._between(note, body))

    def _reachable(self, note: Node, body: Node) -> bool:
        if note.kind == FOOTNOTE and self._place[id(note)] < self._place[id(body)]:
            return False
        passed = {CAPTION} if note.kind == CAPTION else _NOTES
        return all(
            block.kind in passed or _out_of_the_way(block, note, body) for block in self._between(note, body)
        )


def _of_equals(note: Node, bodies: Sequence[Node]) -> Node:
    """Of bodies equally far in reading order, the nearest on the page, otherwise that on the usual side."""
    by_gap = [(boxes.distance(note.bbox, body.bbox), body.index or 0, body) for body in bodies]
    gaps = [gap for gap, _, _ in by_gap]
    if max(gaps) - min(gaps) > 2:
        return min(by_gap, key=lambda one: one[:2])[2]
    in_order = sorted(bodies, key=lambda body: body.index or 0)
    if note.kind == CAPTION and all(BODIES[body.kind] == "table" for body in bodies):
        return in_order[-1]
    if note.kind == FOOTNOTE:
        return in_order[0]
    return min(in_order, key=lambda body: boxes.distance_of_centres(note.bbox, body.bbox))


def _out_of_the_way(block: Node, note: Node, body: Node) -> bool:
    """Between the two in reading order, but not on the page."""
    upper, lower = sorted((note.bbox, body.bbox), key=lambda box: box[1])
    if upper[3] > lower[1]:
        upper, lower = lower, upper
    if upper[3] > lower[1]:
        return False
    if boxes.overlap(block.bbox, note.bbox) or boxes.overlap(block.bbox, body.bbox):
        return False
    return not (block.bbox[1] < lower[1] and block.bbox[3] > upper[3])
