"""``--log-file``: the run as one JSON object per line, with a date, for log shippers; rotated by size.

Every line has ``time`` (ISO 8601, UTC), ``level`` ("info", "warning", "error"), ``event`` (its name as in
``--progress json``), ``run``, ``trace_id``, ``span_id`` and ``message``; ``document``, ``page``, ``server``
and ``worker`` where they apply, pages counted from 1; and the event's own values under ``fields``. The span
is that of the page, else of the document, else of the run. Gauges, which come twice per second, and events
only for tracing are left out.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from mineru_cli.domain import events
from mineru_cli.domain.codec import encode
from mineru_cli.domain.trace_ids import span_id, trace_id
from mineru_cli.errors import OutputRefused

MAX_BYTES = 50 * 1024**2
"""Size in bytes at which a file is rotated to ``FILE.1``."""

BACKUPS = 5
"""Number of rotated files that are kept."""

Level = Literal["info", "warning", "error"]
_LEFT_OUT = (
    events.WorkerGauge,
    events.ServerGauge,
    events.GpuGauge,
    events.DiscoveryProgress,
    events.RequestsTraced,
)
_PLACES = ("document", "server", "worker")


class LogFile:
    """An ``Observer`` and a context manager. A full disk is reported once, and the run continues.

    Raises ``OutputRefused`` if the file cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int = MAX_BYTES,
        backups: int = BACKUPS,
        complain: Callable[[str], None] = lambda text: None,
    ) -> None:
        try:
            self._handler = _Rotating(path, max_bytes, backups, complain)
        except OSError as error:
            raise OutputRefused(f"the log file {path} cannot be written: {error.strerror}") from None

    def __call__(self, event: events.Event, at: float) -> None:
        """Write one line."""
        if isinstance(event, _LEFT_OUT):
            return
        line = json.dumps(self._line(event, at), ensure_ascii=True)
        self._handler.emit(logging.makeLogRecord({"msg": line}))

    def _line(self, event: events.Event, at: float) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(encode(event))
        name, run = fields.pop("event"), fields.pop("run", "")
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds"),
            "level": level_of(event),
            "event": name,
            "run": run,
            "trace_id": trace_id(run),
            "span_id": span_id(run, *_part(fields)),
        }
        line.update({place: fields.pop(place) for place in _PLACES if place in fields})
        if isinstance(fields.get("page"), int):
            line["page"] = fields.pop("page") + 1
        line["message"] = message_of(event)
        line["fields"] = fields
        return line

    def __enter__(self) -> LogFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._handler.close()


class _Rotating(RotatingFileHandler):
    """The standard library's handler with its own error reporting."""

    def __init__(self, path: Path, max_bytes: int, backups: int, complain: Callable[[str], None]) -> None:
        super().__init__(path, maxBytes=max_bytes, backupCount=backups, encoding="ascii")
        self._complain: Callable[[str], None] | None = complain

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the library's name)
        """See ``logging.Handler``: the first fault is reported, further ones are the same."""
        if self._complain is not None:
            self._complain(f"the log file {self.baseFilename} cannot be written any more")
            self._complain = None


def _part(fields: Mapping[str, Any]) -> tuple[object, ...]:
    """The subject of a line, as in the name of its span."""
    document, page = fields.get("document"), fields.get("page")
    if document is None:
        return ()
    return (document, page) if isinstance(page, int) else (document,)


def level_of(event: events.Event) -> Level:
    """The severity of the event."""
    level = _LEVELS.get(type(event))
    return level(event) if level is not None else "info"


def message_of(event: events.Event) -> str:
    """A short sentence; details are in the line's other fields."""
    message = _MESSAGES.get(type(event))
    return message(event) if message is not None else ""


def _document_level(event: events.DocumentFinished) -> Level:
    if event.status == "done":
        return "info"
    return "warning" if event.status == "partial" else "error"


def _document_message(event: events.DocumentFinished) -> str:
    return f"document {event.status}{f': {event.failure.message}' if event.failure else ''}"


def _page_message(event: events.PageFinished) -> str:
    return "page done" if event.loss is None else f"page incomplete: {event.loss.message}"


_LEVELS: dict[type, Callable[[Any], Level]] = {
    events.Notice: lambda event: event.level,
    events.RunFinished: lambda event: "error" if event.exit_code else "info",
    events.PageFailed: lambda event: "warning",
    events.RequestRetried: lambda event: "warning",
    events.DocumentFinished: _document_level,
    events.RolloutReverted: lambda event: "error",
    events.BreakerChanged: lambda event: "info" if event.state == "closed" else "warning",
    events.WorkerStopped: lambda event: "info" if event.reason == "finished" else "warning",
    events.PageFinished: lambda event: "info" if event.loss is None else "warning",
}

_MESSAGES: dict[type, Callable[[Any], str]] = {
    events.Notice: lambda event: str(event.text),
    events.RunStarted: lambda event: f"run started: {event.model} with recipe {event.recipe}",
    events.RunFinished: lambda event: event.message or f"run {event.outcome}",
    events.DocumentSkipped: lambda event: "document was done before",
    events.DocumentStarted: lambda event: f"document opened: {event.pages} pages",
    events.PageFinished: _page_message,
    events.PageFailed: lambda event: f"page failed: {event.failure.message}",
    events.DocumentFinished: _document_message,
    events.DocumentScored: lambda event: f"document matches the baseline by {event.match:.1%}",
    events.RolloutChanged: lambda event: f"rollout at {event.percent:g} %: {event.reason}",
    events.RolloutScored: lambda event: f"the candidate matches the baseline by {event.match:.1%}",
    events.RolloutJudged: lambda event: f"rollout guard {event.guard}: {event.verdict}",
    events.RolloutReverted: lambda event: f"rollout reverted ({event.guard}): {event.reason}",
    events.DocumentRecalled: lambda event: "document begins anew at another target",
    events.RequestRetried: lambda event: f"request failed ({event.code}), retried in {event.wait:.1f} s",
    events.WorkerStarted: lambda event: "worker ready",
    events.WorkerStopped: lambda event: f"worker ended: {event.reason}",
    events.BreakerChanged: lambda event: f"circuit breaker {event.state}: {event.why}",
}
