"""Progress of a launch, and status of a server: ``server up``, ``wait`` and ``status``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mineru_cli.domain.events import GpuGauge
from mineru_cli.servers.docker.progress import (
    PHASES,
    WAITS_FOR,
    Announce,
    LaunchFailed,
    Phase,
    PhaseBegan,
    PhaseMoved,
    Progress,
    Ready,
    sentence,
)
from mineru_cli.servers.docker.status import ServerStatus
from mineru_cli.servers.doctor.facts import Finding
from mineru_cli.telemetry.vllm import ServerLoad
from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import count, counted, duration, percent, size
from mineru_cli.ui.plain_text import visible

SHOWN_LINES = 20
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@contextmanager
def launch_view(
    stream: TextIO, environ: Mapping[str, str], clock: Callable[[], float], *, live: bool
) -> Iterator[Announce]:
    """Progress callback: phases updated in place, or plain lines if the stream is not a terminal."""
    console = console_on(stream, environ, needed=False)
    if not live:
        yield _LaunchLog(console, clock)
        return
    view = LaunchBoard(clock)
    try:
        with Live(view, console=console, refresh_per_second=8, transient=True):
            yield view
    finally:  # a failed launch raises through here; its phases stay visible
        console.print(view)
        _show_end(console, view.end)


class LaunchBoard:
    """Phases with their times; the current one with its latest progress."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.end: LaunchFailed | Ready | None = None
        self._clock = clock
        self._began: dict[Phase, float] = {}
        self._ended: dict[Phase, float] = {}
        self._news: dict[Phase, PhaseMoved] = {}
        self._now: Phase | None = None

    def __call__(self, progress: Progress) -> None:
        """Handle one progress event."""
        if isinstance(progress, PhaseBegan):
            self._close()
            self._now = progress.phase
            self._began[progress.phase] = self._clock()
        elif isinstance(progress, PhaseMoved):
            self._news[progress.phase] = progress
        elif isinstance(progress, (LaunchFailed, Ready)):
            self._close()
            self.end = progress

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One line per phase: mark, name, time, progress; on a narrow terminal the progress is cut."""
        for phase in PHASES:
            line = Text.assemble(
                self._mark(phase), f" {phase:<8}", (f"{self._time(phase):>12}  ", "dim"), self._text(phase)
            )
            line.truncate(options.max_width, overflow="ellipsis")
            yield line

    def _close(self) -> None:
        if self._now is not None:
            self._ended[self._now] = self._clock()

    def _mark(self, phase: Phase) -> Text:
        if phase == self._now and self.end is None:
            return Text(SPINNER[int(self._clock() * 10) % len(SPINNER)])
        if isinstance(self.end, LaunchFailed) and phase == self._now:
            return Text("✗", "red")
        return Text("✓", "green") if phase in self._ended else Text("·", "dim")

    def _time(self, phase: Phase) -> str:
        if phase not in self._began:
            return ""
        return duration(self._ended.get(phase, self._clock()) - self._began[phase])

    def _text(self, phase: Phase) -> Text:
        news = self._news.get(phase)
        if news is not None:
            share = f"{percent(news.share)}  " if news.share is not None else ""
            return Text(share + visible(news.text))
        return Text(WAITS_FOR[phase], "dim")


class _LaunchLog:
    """One plain line per phase, and within a phase one about every five seconds."""

    EVERY = 5.0

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._began = self._reported = clock()

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if isinstance(progress, (LaunchFailed, Ready)):
            _show_end(self._console, progress)
            return
        quiet = isinstance(progress, PhaseMoved) and now - self._reported < self.EVERY
        line = sentence(progress)
        if line and not quiet:
            self._reported = now
            self._console.print(f"{duration(now - self._began)} {visible(line)}", soft_wrap=True)


def _show_end(console: Console, end: LaunchFailed | Ready | None) -> None:
    """The end of the log of a failed server, before its error, or the next step for one that is ready."""
    if isinstance(end, LaunchFailed):
        if end.lines:
            console.print("Last lines of its log:")
        for line in end.lines[-SHOWN_LINES:]:
            console.print(Text(f"  {visible(line, 1000)}", "dim"), soft_wrap=True)
    elif isinstance(end, Ready):
        console.print(visible(sentence(end)), soft_wrap=True)
        console.print(f"It answered a small request with an image in {end.answer_seconds:.2f} s.")
        console.print(f"Next: mineru-batch convert ./pdfs --server-url {visible(end.url)}", soft_wrap=True)


def show_status(
    status: ServerStatus, gpus: list[GpuGauge], stream: TextIO, environ: Mapping[str, str]
) -> None:
    """Write the status of a server as a table."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(status, gpus):
        table.add_row(name, visible(value))
    console_on(stream, environ).print(table)


def _rows(status: ServerStatus, gpus: list[GpuGauge]) -> Iterator[tuple[str, str]]:
    container, card = status.container, status.card
    yield "server", status.url
    if container is not None:
        health = f", {container.health}" if container.health else ""
        restarts = f", {count(container.restarts)} restarts" if container.restarts else ""
        yield "container", f"{container.name} ({container.state}{health}{restarts})"
        yield "image", container.image
    if status.uptime is not None:
        yield "up for", duration(status.uptime)
    if card is None:
        yield "answers", f"no: {status.error}"
    else:
        yield "model", card.model
        yield "version", card.version or "not reported"
        yield "max_model_len", count(card.max_model_len) if card.max_model_len else "not reported"
    yield from _load_rows(status.load)
    for gpu in gpus:
        yield f"GPU {gpu.gpu}", _gpu(gpu)
    if not gpus:
        yield "GPU", "unavailable: --dcgm-url names a DCGM exporter next to the server"


def _load_rows(load: ServerLoad | None) -> Iterator[tuple[str, str]]:
    if load is None:
        return
    yield "running", count(load.running)
    yield "waiting", count(load.waiting)
    if load.kv_usage is not None:
        yield "KV cache", percent(load.kv_usage)


def _gpu(gpu: GpuGauge) -> str:
    known = gpu.utilisation is not None
    parts = [f"{percent(gpu.utilisation)} ({gpu.source})" if known else "utilisation unavailable"]
    if gpu.memory_used is not None:
        total = f" of {size(gpu.memory_total)}" if gpu.memory_total else ""
        parts.append(f"{size(gpu.memory_used)}{total}")
    parts += [f"{gpu.power:.0f} W"] if gpu.power is not None else []
    parts += [f"{gpu.temperature:.0f} °C"] if gpu.temperature is not None else []
    return ", ".join(parts)


_STYLES = {"ok": "green", "problem": "bold red", "skipped": "dim"}


def show_findings(findings: Sequence[Finding], stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write the findings, then the number of problems."""
    console = console_on(stream, environ)
    wide = max((len(finding.check) for finding in findings), default=0)
    for finding in findings:
        status = (f"{finding.status:<8}", _STYLES[finding.status])
        console.print(
            Text.assemble(status, f" {finding.check:<{wide}}  ", visible(finding.detail)), soft_wrap=True
        )
        if finding.fix and finding.status == "problem":
            console.print(Text(f"{'':<8} {'':<{wide}}  → {visible(finding.fix)}"), soft_wrap=True)
    problems = sum(finding.status == "problem" for finding in findings)
    console.print(f"{counted(problems, 'problem')}." if problems else "No problems.")
