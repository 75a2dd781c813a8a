"""The panels of the live view: each renders one aspect of a snapshot into a given number of lines and cells.

``want`` is the preferred number of lines (0: nothing to show), ``least`` the minimum below which the panel is
left out. Lines may be too wide; the caller cuts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.text import Text

from mineru_cli.observe.gauges import GpuState, ServerState, WorkerState
from mineru_cli.observe.snapshot import FailureNote, Snapshot
from mineru_cli.ui.format import clock, count, percent, rate, size
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.sparkline import bar, chart, spark, squeeze

BREAKERS = {
    "closed": ("●", "green", "ok"),
    "half-open": ("◐", "yellow", "testing"),
    "open": ("○", "red", "away"),
}
ACTIVITIES = {
    "working": "green",
    "reading": "cyan",
    "waiting": "yellow",
    "away": "red",
    "idle": "dim",
    "starting": "dim",
}
WIDE = 74
"""Width in cells from which on a server or GPU takes one line."""


@dataclass(frozen=True, slots=True)
class ScreenPanel:
    """One panel. ``want`` takes the snapshot and the width; ``draw`` snapshot, width and lines."""

    title: Callable[[Snapshot], str]
    want: Callable[[Snapshot, int], int]
    draw: Callable[[Snapshot, int, int], list[Text]]
    least: int = 1


def _named(title: str) -> Callable[[Snapshot], str]:
    return lambda state: title


# Throughput


def _draw_speed(state: Snapshot, width: int, rows: int) -> list[Text]:
    history = squeeze(state.history, width - 8)
    top = max(history, default=0.0)
    lines = chart(history, width - 8, rows)
    labels = [rate(top), *[""] * (rows - 2), "0"] if rows > 1 else [rate(top)]
    return [
        Text.assemble((f"{label:>6} ", "dim"), (line, "cyan"))
        for label, line in zip(labels, lines, strict=True)
    ]


SPEED = ScreenPanel(_named("pages/s"), lambda state, width: 8 if state.history else 0, _draw_speed)


# Stages


def _stages(state: Snapshot) -> Iterator[tuple[str, float, str]]:
    answering = [server for server in state.servers if server.breaker != "open"]
    running = [server.running for server in answering if server.running is not None]
    waiting = [server.waiting for server in answering if server.waiting is not None]
    yield "documents to open", state.documents.unopened, "to open"
    yield "documents open", state.documents.open, "open"
    yield "pages prepared", state.load.prepared, "prepared"
    yield "requests queued", state.load.queued, "queued"
    yield "requests in flight", state.load.in_flight, "sent"
    if running:
        yield "running on server", sum(running), "run"
    if waiting:
        yield "waiting on server", sum(waiting), "wait"


def _draw_stages(state: Snapshot, width: int, rows: int) -> list[Text]:
    stages = list(_stages(state))
    if rows < len(stages):
        parts = [Text.assemble(count(number), (f" {short}", "dim")) for _, number, short in stages]
        while len(line := Text(" → ", "dim").join(parts)) > width:
            del parts[0]  # the server's state is more important than the queue
        return [line]
    top = max([number for name, number, _ in stages if not name.startswith("documents")], default=0)
    room = max(0, width - 30)
    lines = []
    for name, number, _ in stages:
        line = Text.assemble((f"{name:<18} ", "dim"), f"{count(number):>9}  ")
        if not name.startswith("documents") and top > 0:
            line.append("▪" * round(number / top * room), "cyan")
        lines.append(line)
    return lines


STAGES = ScreenPanel(_named("stages"), lambda state, width: len(list(_stages(state))), _draw_stages)


# Servers


def _draw_servers(state: Snapshot, width: int, rows: int) -> list[Text]:
    each = 1 if width >= WIDE else 2
    servers = sorted(state.servers, key=lambda server: server.breaker == "closed")
    room = max(1, rows // each)
    if len(servers) * each > rows and rows > 1:
        room = (rows - 1) // each
    lines = [line for server in servers[:room] for line in _server(server, width)]
    if left := len(servers) - room:
        lines.append(Text(f"and {left} more", "dim"))
    return lines[:rows]


def _server(server: ServerState, width: int) -> list[Text]:
    mark, style, word = BREAKERS[server.breaker]
    if server.breaker != "closed" and server.open_at < server.seen_by:
        word = f"{word} for {server.open_at} of {server.seen_by} workers"
    reason = f"  {visible(server.reason)}" if server.reason and server.breaker != "closed" else ""
    name = visible(server.server.removeprefix("http://").removeprefix("https://"))
    figures = Text("  ").join(
        Text.assemble((f"{label} ", "dim"), value) for label, value in _server_figures(server)
    )
    if reason:
        figures = Text(reason.strip(), style)
    if width >= WIDE:
        long = max(12, width - figures.cell_len - len(word) - 6)
        shown = Text(name)
        shown.truncate(long, overflow="ellipsis", pad=False)
        return [Text.assemble((f"{mark} ", style), shown, "  ", (word, style), "  ", figures)]
    return [Text.assemble((f"{mark} ", style), name, "  ", (word, style)), Text.assemble("  ", figures)]


def _server_figures(server: ServerState) -> Iterator[tuple[str, str]]:
    if server.running is not None:
        yield "run", count(server.running)
    if server.waiting is not None:
        yield "wait", count(server.waiting)
    if server.kv_usage is not None:
        yield "KV", percent(server.kv_usage)
    if server.tokens_per_second is not None:
        yield "tok/s", count(server.tokens_per_second)
    if server.ttft is not None:
        yield "TTFT", f"{server.ttft:.2f} s"


SERVERS = ScreenPanel(
    _named("servers"),
    lambda state, width: len(state.servers) * (1 if width >= WIDE else 2),
    _draw_servers,
)


# GPUs


def _gpu_title(state: Snapshot) -> str:
    sources = {visible(gpu.latest.source) for gpu in state.gpus}
    return f"GPU, {sources.pop()}" if len(sources) == 1 else "GPU"


def _draw_gpus(state: Snapshot, width: int, rows: int) -> list[Text]:
    several_sources = len({gpu.latest.source for gpu in state.gpus}) > 1
    room = rows if len(state.gpus) <= rows else rows - 1
    lines = [_gpu(gpu, width, with_source=several_sources) for gpu in state.gpus[:room]]
    if room < len(state.gpus):
        lines.append(_other_gpus(state.gpus[room:], len(state.gpus)))
    return lines


def _other_gpus(gpus: tuple[GpuState, ...], total: int) -> Text:
    """GPUs without a line of their own, in one line."""
    known = [gpu.latest.utilisation for gpu in gpus if gpu.latest.utilisation is not None]
    name = f"{len(gpus)} GPUs" if len(gpus) == total else f"{len(gpus)} more"
    if not known:
        return Text.assemble((f"{name}  ", "dim"), "unavailable")
    mean = percent(sum(known) / len(known))
    return Text.assemble(
        (f"{name}  ", "dim"), f"{mean} on average", (f", least {percent(min(known))}", "dim")
    )


def _gpu(gpu: GpuState, width: int, *, with_source: bool) -> Text:
    latest = gpu.latest
    if not latest.gpu:
        return Text("unavailable: --dcgm-url names a DCGM exporter next to the server", "dim")
    used = "unavailable" if latest.utilisation is None else percent(latest.utilisation)
    figures = [used]
    if latest.memory_used is not None:
        total = f"/{latest.memory_total / 1024**3:.0f}" if latest.memory_total else ""
        figures.append(f"{latest.memory_used / 1024**3:.0f}{total} GiB")
    if latest.power is not None:
        figures.append(f"{latest.power:.0f} W")
    if latest.temperature is not None:
        figures.append(f"{latest.temperature:.0f} °C")
    if with_source:
        figures.append(visible(latest.source))
    text = "  ".join(figures)
    name = visible(latest.gpu.replace("NVIDIA ", ""), max(12, width // 4))
    room = max(0, width - len(text) - len(name) - 4)
    return Text.assemble(
        (f"{name}  ", "dim"), (spark(gpu.history, min(room, 60), top=1.0), "magenta"), f"  {text}"
    )


GPUS = ScreenPanel(_gpu_title, lambda state, width: len(state.gpus), _draw_gpus)


# Workers


def _draw_workers(state: Snapshot, width: int, rows: int) -> list[Text]:
    activities = Counter(worker.activity for worker in state.workers)
    texts = [
        Text(f"{number} {activity}", ACTIVITIES.get(activity, ""))
        for activity, number in sorted(activities.items(), key=lambda item: list(ACTIVITIES).index(item[0]))
    ]
    line = Text.assemble(f"{len(state.workers)}: ", Text(", ").join(texts))
    line.append(f"  {size(sum(worker.rss for worker in state.workers))}", "dim")
    stops = {reason: n for reason, n in state.worker_stops.items() if reason not in ("finished", "recycled")}
    if stops:
        line.append("  replaced: ", "dim")
        line.append(", ".join(f"{n} {visible(reason, 20)}" for reason, n in stops.items()), "yellow")
    lines = [line]
    if rows >= 2:
        lines.append(_slots(state.workers, width))
    return lines


def _slots(workers: tuple[WorkerState, ...], width: int) -> Text:
    """One mark per worker: the utilisation of its slots."""
    shown = workers[: max(0, width // 2)]
    text = Text()
    for worker in shown:
        share = worker.in_flight / worker.limit if worker.limit else 0.0
        text.append(spark([share], 1, top=1.0) + " ", ACTIVITIES.get(worker.activity, ""))
    return text


WORKERS = ScreenPanel(_named("workers"), lambda state, width: 2 if state.workers else 0, _draw_workers)


def _draw_worker_table(state: Snapshot, width: int, rows: int) -> list[Text]:
    lines = [
        Text(f"{'#':>4} {'pid':>8} {'state':<9} {'slots':>9} {'ready':>6} {'memory':>9}  document", "dim")
    ]
    for worker in state.workers[: rows - 1]:
        slots = f"{worker.in_flight}/{worker.limit}"
        lines.append(
            Text.assemble(
                f"{worker.worker:>4} {worker.pid:>8} ",
                (f"{worker.activity:<9}", ACTIVITIES.get(worker.activity, "")),
                f" {slots:>9} {worker.prepared:>6} {size(worker.rss):>9}  ",
                visible(worker.document),
            )
        )
    return lines


WORKER_TABLE = ScreenPanel(
    _named("each worker"),
    lambda state, width: len(state.workers) + 1 if state.workers else 0,
    _draw_worker_table,
    least=2,
)


# Retries, failures, notes


def _draw_retries(state: Snapshot, width: int, rows: int) -> list[Text]:
    most = sorted(state.retries_by_code.items(), key=lambda item: -item[1])[:rows]
    return [Text.assemble(f"{count(number):>8} ", (visible(code, 40), "yellow")) for code, number in most]


RETRIES = ScreenPanel(_named("retries"), lambda state, width: len(state.retries_by_code), _draw_retries)


def _draw_failures(state: Snapshot, width: int, rows: int) -> list[Text]:
    return [_failure(note, width) for note in reversed(state.failures[-rows:])]


def _failure(note: FailureNote, width: int) -> Text:
    """Time, document, reason: the name is cut first, from the left, so that the reason stays readable."""
    where = visible(note.document) + (f" p.{note.page + 1}" if note.page is not None else "")
    room = max(16, width // 3)
    name = Text(where)
    if name.cell_len > room:
        name = Text("…") + name[-(room - 1) :]
        while name.cell_len > room:
            name = Text("…") + name[2:]
    return Text.assemble(
        (clock(note.at), "dim"),
        "  ",
        name,
        "  ",
        (note.failure.code, "red" if note.page is None else "yellow"),
        ("  " + visible(note.failure.message), "dim"),
    )


FAILURES = ScreenPanel(
    _named("last failures"), lambda state, width: min(10, len(state.failures)), _draw_failures
)


def _draw_notes(state: Snapshot, width: int, rows: int) -> list[Text]:
    styles = {"warning": "yellow", "error": "red"}
    return [
        Text.assemble((f"{clock(at)}  ", "dim"), (visible(notice.text), styles.get(notice.level, "")))
        for at, notice in state.notices[-rows:]
    ]


NOTES = ScreenPanel(_named("notes"), lambda state, width: min(3, len(state.notices)), _draw_notes)


@dataclass(frozen=True, slots=True)
class ProgressBars:
    """One bar: amounts with their styles, the total, and its figures as text."""

    name: str
    parts: tuple[tuple[float, str], ...]
    total: float
    text: Text


def progress_bars(bars: tuple[ProgressBars, ...], width: int) -> list[Text]:
    """Aligned bars of equal length, with names at the left and figures at the right."""
    room = max(4, width - 14 - max(each.text.cell_len for each in bars))
    return [
        Text.assemble((f"{each.name:<11} ", "dim"), bar(each.parts, each.total, room), "  ", each.text)
        for each in bars
    ]
