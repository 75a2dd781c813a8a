"""One frame of the live view: the head, panels in one to three columns, failures, the keys.

Pure: a snapshot and a size in, at most ``height`` lines of at most ``width`` cells out. What does not fit is
dropped by rank, never squeezed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.text import Text

from mineru_cli.domain.events import DocumentScored
from mineru_cli.observe.bottleneck import LoadSample
from mineru_cli.observe.snapshot import Snapshot
from mineru_cli.ui.format import count, duration, elapsed, estimate, percent, rate
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.terminal import panels
from mineru_cli.ui.terminal.panels import ProgressBars, ScreenPanel, progress_bars

Column = tuple[tuple[int, ScreenPanel], ...]
"""Panels from top to bottom with their ranks: 0 is dropped last."""

ONE: tuple[Column, ...] = (
    ((3, panels.SPEED), (4, panels.STAGES), (0, panels.SERVERS), (1, panels.GPUS), (2, panels.WORKERS)),
)
TWO: tuple[Column, ...] = (
    ((0, panels.SPEED), (1, panels.STAGES)),
    ((0, panels.SERVERS), (1, panels.GPUS), (2, panels.WORKERS)),
)
THREE: tuple[Column, ...] = (
    ((0, panels.SPEED), (1, panels.WORKERS)),
    ((0, panels.STAGES),),
    ((0, panels.SERVERS), (1, panels.GPUS)),
)
DETAILS: tuple[Column, ...] = (((0, panels.WORKER_TABLE), (1, panels.RETRIES)),)

VERDICTS = {
    "server-bound": "green",
    "client-bound": "yellow",
    "waiting for the server": "red",
    "server away": "red",
    "stopping": "yellow",
    "paused": "yellow",
}
GAP = 3


@dataclass(frozen=True, slots=True)
class ScreenLook:
    """The user's choices by keyboard. ``keys``: there is a keyboard."""

    details: bool = False
    stopping: bool = False
    keys: bool = True


def frame(state: Snapshot, width: int, height: int, look: ScreenLook = ScreenLook()) -> list[Text]:
    """The lines of the frame, from the top of the screen."""
    inner = max(1, width - 2)
    head = _head(state, inner, roomy=height >= 28)
    foot = _foot(state, look)
    if len(head) + 1 > height:
        ranks = sorted(rank for rank, _ in head)[:height]
        return [_fit(Text.assemble(" ", line), width) for rank, line in head if rank in ranks]
    body = _body(state, inner, height - len(head) - 1, look)
    lines = [line for _, line in head] + body
    lines += [Text()] * (height - 1 - len(lines)) + [foot]
    return [_fit(Text.assemble(" ", line), width) for line in lines]


def _fit(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line


# The head: ranked lines, for terminals with fewer lines


def _head(state: Snapshot, width: int, *, roomy: bool) -> list[tuple[int, Text]]:
    lines = [(5, _title(state, width))]
    if roomy:
        lines.append((9, Text()))
    lines += zip((1, 0), progress_bars((_documents(state), _pages(state)), width), strict=True)
    lines += [(2, _speed(state, width)), (4, _requests(state))]
    if state.scored:
        lines.append((4, _quality(state.scored)))
    verdict, advice = _verdict(state)
    if verdict.cell_len + advice.cell_len + 2 <= width:
        lines.append((3, Text.assemble(verdict, "  ", advice)))
    else:
        lines += [(3, verdict), (6, Text.assemble(" " * max(0, min(12, width - advice.cell_len)), advice))]
    return lines


def _title(state: Snapshot, width: int) -> Text:
    left = Text("mineru-batch", "bold")
    if run := state.run:
        left.append(f"  {visible(run.model, 80)}", "cyan")
        left.append(f"  {run.recipe} → {visible(run.output, 200)}", "dim")
    right = Text(elapsed(state.seconds), "bold")
    left.truncate(max(0, width - right.cell_len - 2), overflow="ellipsis", pad=True)
    return Text.assemble(left, "  ", right)


def _documents(state: Snapshot) -> ProgressBars:
    documents = state.documents
    text = Text(f"{count(documents.finished)} / {count(documents.found)}{'' if documents.final else '+'}")
    _append(text, documents.failed, "failed", "red")
    _append(text, documents.partial, "partial", "yellow")
    parts = (
        (documents.skipped, "blue"),
        (documents.done, "green"),
        (documents.partial, "yellow"),
        (documents.failed, "red"),
    )
    return ProgressBars("documents", parts, documents.found, text)


def _pages(state: Snapshot) -> ProgressBars:
    pages, documents = state.pages, state.documents
    exact = documents.final and not documents.unopened
    text = Text(f"{count(pages.finished)} / {count(pages.expected) if exact else estimate(pages.expected)}")
    _append(text, pages.failed, "failed", "red")
    parts = ((pages.kept, "blue"), (pages.done, "green"), (pages.failed, "red"))
    return ProgressBars("pages", parts, pages.expected, text)


def _append(text: Text, number: int, word: str, style: str) -> None:
    if number:
        text.append(f"  {count(number)} {word}", style)


def _speed(state: Snapshot, width: int) -> Text:
    left = "–" if state.eta is None else duration(state.eta)
    if state.eta_at_least and left != "–":
        left = f"≥ {left}"
    right = Text.assemble(("left ", "dim"), (left, "bold"))
    line = _rates(state, averages=True)
    if line.cell_len + right.cell_len + 2 > width:
        line = _rates(state, averages=False)
    return Text.assemble(line, " " * max(2, width - line.cell_len - right.cell_len), right)


def _rates(state: Snapshot, *, averages: bool) -> Text:
    speed = state.speed
    pages, pdfs = (
        f" (avg {rate(average)})" if averages else ""
        for average in (speed.pages_per_second_average, speed.pdfs_per_hour_average)
    )
    return Text.assemble(
        (f"{'speed':<12}", "dim"),
        (rate(speed.pages_per_second), "bold"),
        " pages/s",
        (f"{pages}   ", "dim"),
        (rate(speed.pdfs_per_hour), "bold"),
        " PDFs/h",
        (pdfs, "dim"),
    )


def _requests(state: Snapshot) -> Text:
    load = state.load
    line = Text.assemble(
        (f"{'requests':<12}", "dim"),
        (count(load.in_flight), "bold"),
        _of_limit(load),
        (f"   {count(load.queued)} queued   {count(load.prepared)} pages prepared", "dim"),
    )
    if state.retried:
        line.append(f"   {count(state.retried)} retried", "yellow")
    return line


def _of_limit(load: LoadSample) -> str:
    """Requests in flight are not cancelled when the limit falls below their number."""
    if load.in_flight > load.limit:
        return f" in flight, limit lowered to {count(load.limit)}"
    return f" / {count(load.limit)} in flight"


def _quality(scored: DocumentScored) -> Text:
    return Text.assemble(
        (f"{'match':<12}", "dim"),
        (percent(scored.mean), "bold"),
        (f" with the baseline over {count(scored.documents)} documents", "dim"),
    )


def _verdict(state: Snapshot) -> tuple[Text, Text]:
    verdict = state.verdict
    style = VERDICTS.get(verdict.kind, "cyan")
    text = Text.assemble(
        (f"{'now':<12}", "dim"), (verdict.kind, f"bold {style}"), f"  {visible(verdict.why, 500)}"
    )
    return text, Text(verdict.advice, "dim")


def _foot(state: Snapshot, look: ScreenLook) -> Text:
    if look.stopping or state.grace_left is not None:
        grace = "" if state.grace_left is None else f", {state.grace_left:.0f} s at most"
        text = f"stopping: pages in flight finish{grace}. Ctrl-C stops at once; what is done is safe"
        return Text(text, "yellow")
    if not look.keys:
        return Text("Ctrl-C stops; the same command resumes", "dim")
    pause = "go on" if state.paused else "pause"
    details = "overview" if look.details else "details"
    keys = [("p", pause), ("q", "stop"), ("v", details)]
    return Text("   ").join(Text.assemble((key, "bold"), (f" {word}", "dim")) for key, word in keys)


# The body


def _body(state: Snapshot, width: int, height: int, look: ScreenLook) -> list[Text]:
    columns = DETAILS if look.details else ONE if width < 108 else TWO if width < 168 else THREE
    bottom: Column = ((0, panels.FAILURES), (1, panels.NOTES))
    kept = sum(panel.want(state, width) > 0 for _, panel in bottom)
    bottom_least = min(height // 3, 5 * kept) if height >= 9 else 0
    widths = _widths(width, len(columns))
    room = max(0, height - bottom_least)
    drawn = [_column(state, column, wide, room) for column, wide in zip(columns, widths, strict=True)]
    lines = _side_by_side(drawn, widths)
    left = height - len(lines)
    every_worker: Column = ((0, panels.WORKER_TABLE),)
    if not look.details and left >= _wanted(state, (*every_worker, *bottom), width):
        bottom = (*every_worker, *bottom)
    return lines + _column(state, bottom, width, left)


def _wanted(state: Snapshot, column: Column, width: int) -> int:
    """Lines for every panel at its preferred height, with title and separating empty line."""
    return sum(wanted + 2 for _, panel in column if (wanted := panel.want(state, width)))


def _widths(width: int, columns: int) -> list[int]:
    each = (width - GAP * (columns - 1)) // columns
    return [each] * (columns - 1) + [width - (each + GAP) * (columns - 1)]


def _column(state: Snapshot, column: Column, width: int, height: int) -> list[Text]:
    """Lay out a column of panels: by rank each gets its minimum, then grows to its preferred height."""
    wanted = {panel: panel.want(state, width) for _, panel in column}
    heights: dict[ScreenPanel, int] = {}
    left = height
    ranked = [panel for _, panel in sorted(column, key=lambda item: item[0])]
    for panel in ranked:
        least = min(panel.least, wanted[panel])
        if wanted[panel] and left >= least + 1:
            heights[panel] = least
            left -= least + 1
    for panel in ranked:
        if panel in heights:
            more = min(left, wanted[panel] - heights[panel])
            heights[panel] += more
            left -= more
    spaced = left >= len(heights)
    lines: list[Text] = []
    for _, panel in column:
        if panel in heights:
            lines += [Text()] if spaced else []
            lines.append(_rule(panel.title(state), width))
            lines += panel.draw(state, width, heights[panel])
    return [_fit(line, width) for line in lines]


def _rule(title: str, width: int) -> Text:
    return Text.assemble((f"{title} ", "bold"), ("─" * max(0, width - len(title) - 1), "dim"))


def _side_by_side(columns: Sequence[list[Text]], widths: Sequence[int]) -> list[Text]:
    lines = []
    for row in zip_longest(*columns):
        cells = []
        for cell, width in zip(row, widths, strict=True):
            padded = (cell or Text()).copy()
            padded.truncate(width, overflow="ellipsis", pad=True)
            cells.append(padded)
        lines.append(Text(" " * GAP).join(cells))
    return lines
