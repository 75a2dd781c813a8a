"""``--progress log``: plain lines for CI logs, files and screen readers.

One line per important event and a progress line about every ten seconds of event time. Each line is a whole
sentence without drawing characters. Lines of one kind are limited between two progress lines; the next
progress line counts the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Literal, TextIO

from mineru_cli.domain import events as ev
from mineru_cli.observe.bottleneck import LoadSample
from mineru_cli.observe.snapshot import Snapshot
from mineru_cli.ui.format import clock, count, counted, duration, finished, percent, rate, size, unsupported
from mineru_cli.ui.plain_text import Pipe, visible
from mineru_cli.ui.terminal.view import SilentView

EVERY = 10.0
"""Seconds between two progress lines."""

ALLOWED = {"document": 10, "failure": 20, "notice": 40, "worker": 10, "server": 10}
"""Limit of lines of one kind between two progress lines."""

Level = Literal["info", "warning", "error"]
Line = tuple[str, Level, str]
"""Kind (a key of ``ALLOWED``), level, sentence."""

_COLOURS = {"warning": "\x1b[33mwarning:\x1b[0m ", "error": "\x1b[31merror:\x1b[0m "}
_PLAIN = {"warning": "warning: ", "error": "error: "}
_WHY_STOPPED = {
    "crashed": "it crashed",
    "page-timeout": "a page took too long",
    "silent": "it did not answer any more",
    "memory": "a page needed too much memory",
}


class LogView(SilentView):
    """Writes to ``stream``; ``colour`` paints the words "warning" and "error"."""

    def __init__(self, stream: TextIO, *, colour: bool = False) -> None:
        super().__init__()
        self._pipe = Pipe(stream)
        self._words = _COLOURS if colour else _PLAIN
        self._written: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._last_progress: float | None = None
        self._troubled: dict[str, set[int]] = {}

    def __call__(self, event: ev.Event, at: float) -> None:
        """Fold the event, write its line, and a progress line when one is due."""
        was_final = self.progress.found_all
        super().__call__(event, at)
        if self._last_progress is None:
            self._last_progress = at
        if isinstance(event, ev.DiscoveryProgress) and was_final:
            return
        for kind, level, sentence in self._lines(event):
            self._write(kind, level, sentence, at)
        if isinstance(event, ev.RunFinished):
            self._finish(event, at)
        elif isinstance(event, ev.ServerAwaited):
            self._last_progress = at  # nothing has started, so there is no progress to report
        elif at - self._last_progress >= EVERY:
            self._write_progress(at)

    def _lines(self, event: ev.Event) -> Iterator[Line]:
        if isinstance(event, ev.BreakerChanged):
            yield from self._breaker(event)
        elif isinstance(event, ev.WorkerStopped):
            for troubled in self._troubled.values():
                troubled.discard(event.worker)
            yield from _worker_stopped(event)
        elif sentences := _SENTENCES.get(type(event)):
            yield from sentences(event)

    def _breaker(self, event: ev.BreakerChanged) -> Iterator[Line]:
        """Many workers see one server: only the first failure and the last recovery are reported."""
        troubled = self._troubled.setdefault(event.server, set())
        before = bool(troubled)
        if event.state == "closed":
            troubled.discard(event.worker)
        else:
            troubled.add(event.worker)
        server = visible(event.server)
        if troubled and not before:
            why = f" ({visible(event.why)})" if event.reason else ""
            yield (
                "server",
                "warning",
                f"Server {server} is in trouble{why}. Work waits and resumes automatically.",
            )
        elif before and not troubled:
            yield "server", "info", f"Server {server} answers again."

    def _write(self, kind: str, level: Level, sentence: str, at: float) -> None:
        if self._written[kind] >= ALLOWED[kind]:
            self._left_out[kind] += 1
            return
        self._written[kind] += 1
        self._pipe.line(f"{clock(at)} {self._words.get(level, '')}{sentence}")

    def _write_progress(self, at: float) -> None:
        left_out = [f"{counted(number, kind + ' line')} left out" for kind, number in self._left_out.items()]
        more = f" ({', '.join(left_out)})" if left_out else ""
        self._pipe.line(f"{clock(at)} {progress_line(self.progress.snapshot(at))}{more}")
        self._last_progress = at
        self._written.clear()
        self._left_out.clear()

    def _finish(self, event: ev.RunFinished, at: float) -> None:
        self._write_progress(at)
        end = {
            "interrupted": "Interrupted",
            "given-up": "Gave up",
            "failed": "Failed",
        }
        title = end.get(event.outcome, "Ended")
        if event.outcome == "finished":
            title = finished(event.exit_code, event.reason).capitalize()
        words = [f"{title} after {duration(event.seconds)}."]
        words += [visible(text) for text in (event.message, event.hint) if text]
        level: Level = "info" if event.outcome == "finished" and not event.exit_code else "error"
        self._pipe.line(f"{clock(at)} {self._words.get(level, '')}{' '.join(words)}")


def progress_line(state: Snapshot) -> str:
    """The run's progress as one sentence."""
    documents, pages, speed = state.documents, state.pages, state.speed
    found = f"{'' if documents.final else 'at least '}{count(documents.found)}"
    about = "" if documents.final and not documents.unopened else "about "
    parts = [
        f"{count(documents.finished)} of {found} documents",
        f"{count(pages.finished)} of {about}{counted(pages.expected, 'page')}",
        f"{rate(speed.pages_per_second)} pages/s now, {rate(speed.pages_per_second_average)} on average",
        f"{rate(speed.pdfs_per_hour_average)} PDFs/h",
        _in_flight(state.load),
    ]
    if busy := [gpu.latest.utilisation for gpu in state.gpus if gpu.latest.utilisation is not None]:
        parts.append(f"GPU {percent(sum(busy) / len(busy))} ({visible(state.gpus[0].latest.source)})")
    if state.retried:
        parts.append(counted(state.retried, "retried request"))
    if pages.incomplete:
        parts.append(f"incomplete: {counted(pages.incomplete, 'page')}")
    if documents.failed or pages.failed:
        parts.append(f"failed: {counted(documents.failed, 'document')}, {counted(pages.failed, 'page')}")
    if state.eta and state.end is None:
        parts.append(f"{'at least ' if state.eta_at_least else 'about '}{duration(state.eta)} left")
    if state.scored:
        parts.append(f"match with the baseline {percent(state.scored.mean)}")
    if state.rollout and not state.rollout.reverted:
        match = f", match {percent(state.rollout.scored.mean)}" if state.rollout.scored else ""
        parts.append(f"rollout at {state.rollout.percent:g} %{match}")
    verdict = f"; {state.verdict.kind}" if state.end is None else ""
    return f"{'Paused' if state.paused else 'Progress'}: {', '.join(parts)}{verdict}."


def _in_flight(load: LoadSample) -> str:
    if load.in_flight > load.limit:
        return f"{count(load.in_flight)} requests in flight, limit lowered to {count(load.limit)}"
    return f"{count(load.in_flight)} of {count(load.limit)} requests in flight"


def _run_started(event: ev.RunStarted) -> Iterator[Line]:
    servers = ", ".join(visible(server) for server in event.servers) or "none needed"
    limit = "adapting from " if event.adaptive else ""
    start = "Resuming" if event.resumed else "Starting"
    sentence = (
        f"{start}: model {visible(event.model)}, recipe {event.recipe}, text {event.text}, server {servers}, "
        f"{counted(event.workers, 'worker')}, {limit}{counted(event.concurrency, 'request')} at once, "
        f"output {visible(event.output)}."
    )
    yield "notice", "info", sentence


def _notice(event: ev.Notice) -> Iterator[Line]:
    yield "notice", event.level, visible(event.text)


def _server_awaited(event: ev.ServerAwaited) -> Iterator[Line]:
    """The first one repeats the notice that came with it."""
    if event.waited >= 1:
        waited, left = duration(event.waited), duration(max(0.0, event.limit - event.waited))
        sentence = (
            f"Still no server after {waited}: {visible(event.why)}. Giving up in {left} (--server-wait)."
        )
        yield "server", "warning", sentence


def _discovered(event: ev.DiscoveryProgress) -> Iterator[Line]:
    if event.finished:
        yield "notice", "info", f"Found {counted(event.documents, 'document')}, {size(event.bytes)}."
        if event.unsupported:
            level: Level = "info" if event.documents else "warning"
            yield "notice", level, f"Skipped {unsupported(event.unsupported)}."


def _page_failed(event: ev.PageFailed) -> Iterator[Line]:
    failure = event.failure
    where = f"{visible(event.document)}, page {event.page + 1}"
    yield "failure", "warning", f"{where}: {visible(failure.message)} [{failure.code}]"


def _page_finished(event: ev.PageFinished) -> Iterator[Line]:
    if event.loss is not None:
        where = f"{visible(event.document)}, page {event.page + 1}"
        why = f"{visible(event.loss.message)} [{event.loss.code}]"
        yield "failure", "warning", f"{where} is incomplete: {why}"


def _document_finished(event: ev.DocumentFinished) -> Iterator[Line]:
    name, elapsed = visible(event.document), duration(event.seconds)
    if event.status == "done":
        yield "document", "info", f"Done: {name}, {counted(event.pages, 'page')} in {elapsed}."
    elif event.status == "partial":
        lost = [(event.failed_pages, "failed"), (event.incomplete_pages, "incomplete")]
        whole = counted(event.pages, "page")
        parts = [f"{count(number)} of {whole} {what}" for number, what in lost if number]
        yield "failure", "warning", f"Partial: {name}, {', '.join(parts)}."
    elif event.failure is not None:
        hint = f" {visible(event.failure.hint)}" if event.failure.hint else ""
        yield (
            "failure",
            "error",
            f"Failed: {name}: {visible(event.failure.message)} [{event.failure.code}]{hint}",
        )
    else:
        yield "failure", "error", f"Failed: {name}."


def _rollout_changed(event: ev.RolloutChanged) -> Iterator[Line]:
    yield (
        "notice",
        "info",
        f"Rollout: {event.percent:g} % of the documents go to the candidate ({visible(event.reason)}).",
    )


def _rollout_judged(event: ev.RolloutJudged) -> Iterator[Line]:
    if event.verdict == "pass":
        after = counted(event.documents, "document")
        yield "notice", "info", f"Rollout: the guard {event.guard} passes after {after} of the candidate."


def _rollout_reverted(event: ev.RolloutReverted) -> Iterator[Line]:
    sentence = (
        f"Rollout reverted: {visible(event.reason)}. {counted(event.documents, 'document')} of the candidate "
        f"and all further ones are converted by the {event.target}."
    )
    yield "notice", "error", sentence


def _worker_stopped(event: ev.WorkerStopped) -> Iterator[Line]:
    if why := _WHY_STOPPED.get(event.reason):
        signal = f" ({visible(event.signal)})" if event.signal else ""
        sentence = (
            f"Worker {event.worker} stopped: {why}{signal}. It is replaced and its pages are read again."
        )
        yield "worker", "warning", sentence


_SENTENCES: dict[type, Callable[[Any], Iterator[Line]]] = {
    ev.RunStarted: _run_started,
    ev.Notice: _notice,
    ev.ServerAwaited: _server_awaited,
    ev.DiscoveryProgress: _discovered,
    ev.PageFailed: _page_failed,
    ev.PageFinished: _page_finished,
    ev.DocumentFinished: _document_finished,
    ev.RolloutChanged: _rollout_changed,
    ev.RolloutJudged: _rollout_judged,
    ev.RolloutReverted: _rollout_reverted,
}
