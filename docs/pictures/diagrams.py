"""The drawings of docs/design.md as SVG: boxes, and arrows between them.

The colours stand on a light page and on a dark one alike, because a picture does not know the page's scheme.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

IMAGES = Path(__file__).resolve().parents[1] / "images"
FILLS = {"us": "#dbe8fd", "server": "#d8f3e2", "disk": "#fdeecf", "frame": "none"}
EDGES = {"us": "#4a78c2", "server": "#3f9465", "disk": "#b98a2b", "frame": "#8593a6"}
INK, LINE = "#14243b", "#8593a6"
FONT = 'font-family="system-ui, sans-serif"'


class Box(NamedTuple):
    """A box with its words: the first line is its name."""

    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]
    kind: str = "us"


class Arrow(NamedTuple):
    """A line from point to point with words at its middle."""

    points: tuple[tuple[int, int], ...]
    words: str = ""
    both: bool = False


def drawing(size: tuple[int, int], title: str, parts: list[Box | Arrow]) -> str:
    """The SVG; ``title`` is what a screen reader says."""
    body = "\n".join(_box(part) if isinstance(part, Box) else _arrow(part) for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        f'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="{LINE}"/></marker></defs>\n'
        f"{body}\n</svg>\n"
    )


def _box(box: Box) -> str:
    frame = box.kind == "frame"
    dash = ' stroke-dasharray="5 4"' if frame else ""
    shape = (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="7" '
        f'fill="{FILLS[box.kind]}" stroke="{EDGES[box.kind]}"{dash}/>'
    )
    if frame:
        return f"{shape}\n{_text(box.x + 10, box.y + 18, box.lines[0], LINE, 'start', 13, bold=True)}"
    top = box.y + box.height / 2 - (len(box.lines) - 1) * 8.5 + 4.5
    return "\n".join(
        [shape]
        + [
            _text(
                box.x + box.width / 2,
                top + 17 * row,
                line,
                INK,
                "middle",
                12 if row else 14,
                bold=not row,
            )
            for row, line in enumerate(box.lines)
        ]
    )


def _arrow(arrow: Arrow) -> str:
    points = " ".join(f"{x},{y}" for x, y in arrow.points)
    start = ' marker-start="url(#tip)"' if arrow.both else ""
    look = f'fill="none" stroke="{LINE}" stroke-width="1.6" marker-end="url(#tip)"{start}'
    line = f'<polyline points="{points}" {look}/>'
    if not arrow.words:
        return line
    (x, y), (to_x, to_y) = arrow.points[:2]
    level = y == to_y
    place = ((x + to_x) / 2, y - 7, "middle") if level else (x + 8, (y + to_y) / 2 + 4, "start")
    return f"{line}\n{_text(place[0], place[1], arrow.words, LINE, place[2], 12)}"


def _text(x: float, y: float, words: str, colour: str, anchor: str, size: int, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{colour}" text-anchor="{anchor}" font-size="{size}" {FONT}{weight}>'
        f"{escape(words)}</text>"
    )


SYSTEM: list[Box | Arrow] = [
    Box(10, 10, 500, 330, ("a machine without a GPU",), "frame"),
    Box(30, 44, 150, 62, ("mineru-batch", "command or Python")),
    Box(220, 44, 130, 62, ("coordinator", "units, order, retries")),
    Box(380, 44, 112, 62, ("observers", "live, log, metrics")),
    Box(220, 160, 272, 46, ("worker 1", "one process: pdfium, HTTP client")),
    Box(220, 216, 272, 46, ("worker 2", "stateless")),
    Box(220, 272, 272, 46, ("worker N", "replaced when it crashes")),
    Box(
        30, 160, 150, 158, ("output folder", "documents, whole", "ledger (SQLite)", "finished pages"), "disk"
    ),
    Arrow(((180, 75), (220, 75))),
    Arrow(((350, 75), (380, 75)), ""),
    Arrow(((285, 106), (285, 160)), "units, events", both=True),
    Arrow(((220, 239), (180, 239)), "", both=False),
    Box(640, 10, 250, 160, ("server 1, owns its GPU",), "frame"),
    Box(660, 44, 210, 100, ("vLLM", "MinerU2.5-Pro", "/v1/chat/completions", "/health, /metrics"), "server"),
    Box(640, 180, 250, 160, ("server N, or no GPU at all",), "frame"),
    Box(660, 214, 210, 100, ("vLLM, or the", "embedded CPU engine", "behind the same API"), "server"),
    Arrow(((492, 183), (575, 183), (575, 94), (660, 94)), "HTTP"),
    Arrow(((492, 239), (660, 239)), "slots, breaker, retries"),
]
PAGE: list[Box | Arrow] = [
    Box(10, 10, 130, 60, ("render", "200 dpi, text layer")),
    Box(190, 10, 150, 60, ("layout request", "1036 x 1036")),
    Box(390, 10, 130, 60, ("cut crops", "from the full page")),
    Box(570, 10, 150, 60, ("block requests", "text, table, formula")),
    Box(770, 10, 120, 60, ("page result", "on disk, then", "reported"), "disk"),
    Arrow(((140, 40), (190, 40))),
    Arrow(((340, 40), (390, 40))),
    Arrow(((520, 40), (570, 40))),
    Arrow(((720, 40), (770, 40))),
    Box(190, 150, 530, 44, ("the model server",), "server"),
    Arrow(((265, 70), (265, 150)), "a picture, boxes back", both=True),
    Arrow(((645, 70), (645, 150)), "crops, text back", both=True),
    Box(770, 150, 120, 60, ("document", "one rename"), "disk"),
    Arrow(((830, 70), (830, 150)), "last page"),
]
DRAWINGS = {
    "system.svg": drawing(
        (900, 350), "Workers on a machine without a GPU send requests to model servers", SYSTEM
    ),
    "page.svg": drawing((900, 215), "The way of a page: render, layout, crops, blocks, result", PAGE),
}


def draw() -> None:
    """Write them."""
    for name, text in DRAWINGS.items():
        (IMAGES / name).write_text(text, encoding="utf-8")
