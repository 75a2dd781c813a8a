"""The observer that turns events into spans: run > document > page > request. Independent of the SDK.

A run is one trace. A page that is not sampled has no span, and neither has its document unless another of its
pages is sampled, so that each exported span has its parent. Attributes hold names, counts and classes of
errors, never messages: a server's message may quote a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from mineru_cli.domain import events
from mineru_cli.domain.events import RequestsTraced, RequestTrace
from mineru_cli.domain.trace_ids import is_sampled, span_id, trace_id
from mineru_cli.masking import without_login
from mineru_cli.observe.traces import conventions as names

Attribute = str | bool | int | float | Sequence[str]
_FAILED_RUNS = ("failed", "given-up")


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """An event within a span, ``at`` in Unix seconds."""

    name: str
    at: float
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class Span:
    """A finished span. Ids are hexadecimal, times Unix seconds; ``parent`` is "" for the run's span.

    ``links`` are other spans of the trace. ``error`` is the class of its error, or "".
    """

    name: str
    trace: str
    id: str
    parent: str
    start: float
    end: float
    attributes: Mapping[str, Attribute]
    kind: Literal["internal", "client"] = "internal"
    events: tuple[SpanEvent, ...] = ()
    links: tuple[str, ...] = ()
    error: str = ""


@dataclass(slots=True)
class _DocumentSpan:
    start: float
    pages: int
    sampled: bool = False


@dataclass(slots=True)
class _OpenPage:
    """A page that is being read: its times so far, who reads it, and its requests by span."""

    began: float
    ended: float
    worker: int
    requests: dict[str, RequestTrace] = field(default_factory=dict)


@dataclass(slots=True)
class _OpenRun:
    id: str
    start: float
    attributes: dict[str, Attribute] = field(default_factory=dict)
    model: str = ""
    documents: dict[str, _DocumentSpan] = field(default_factory=dict)
    pages: dict[tuple[str, int], _OpenPage] = field(default_factory=dict)


class SpanWriter:
    """An ``Observer`` that passes each span to ``export`` when it ends.

    ``ratio`` (0-1) of the pages are sampled.
    """

    def __init__(self, ratio: float, export: Callable[[Span], None]) -> None:
        self._ratio = ratio
        self._export = export
        self._run: _OpenRun | None = None
        self._last = 0.0

    def __call__(self, event: events.Event, at: float) -> None:
        """Fold one event."""
        self._last = at
        if isinstance(event, events.RunStarted):
            self._start(event, at)
        elif self._run is not None and (fold := _FOLDS.get(type(event))):
            fold(self, self._run, event, at)

    def close(self) -> None:
        """End what is open: the run was broken off, or never reported its end."""
        if self._run is not None:
            self._end(self._run, self._last, "unfinished", {})

    def _start(self, event: events.RunStarted, at: float) -> None:
        attributes: dict[str, Attribute] = {
            names.RUN_ID: event.run,
            names.RUN_RECIPE: event.recipe,
            names.RUN_TEXT: event.text,
            names.RUN_WORKERS: event.workers,
            names.RUN_RESUMED: event.resumed,
            names.GEN_AI_REQUEST_MODEL: event.model,
            names.GEN_AI_PROVIDER_NAME: "mineru_batch.embedded" if event.embedded else "vllm",
        }
        self._run = _OpenRun(event.run, at, attributes, event.model)

    def _run_finished(self, run: _OpenRun, event: events.RunFinished, at: float) -> None:
        error = event.outcome if event.outcome in _FAILED_RUNS else ""
        self._end(run, at, event.outcome, {names.RUN_EXIT_CODE: event.exit_code}, error)

    def _end(
        self, run: _OpenRun, at: float, outcome: str, more: Mapping[str, Attribute], error: str = ""
    ) -> None:
        self._run = None
        for (name, index), page in run.pages.items():
            self._sample(run, name)
            known: dict[str, Attribute] = {
                names.DOCUMENT_KEY: _printable(name),
                names.PAGE_NUMBER: index + 1,
                names.WORKER: page.worker,
                names.PAGE_OUTCOME: "unfinished",
            }
            self._write_page_span(run, name, index, (page.began, at), known, page)
        for key, document in run.documents.items():
            if document.sampled:
                self._write_document(run, key, document, at, {names.DOCUMENT_STATUS: "unfinished"})
        if self._ratio > 0:
            attributes = {**run.attributes, names.RUN_OUTCOME: outcome, **more}
            self._export(
                Span(
                    names.RUN_SPAN,
                    trace_id(run.id),
                    span_id(run.id),
                    "",
                    run.start,
                    at,
                    attributes,
                    error=error,
                )
            )

    def _document_started(self, run: _OpenRun, event: events.DocumentStarted, at: float) -> None:
        run.documents.setdefault(event.document, _DocumentSpan(at, event.pages))

    def _document_finished(self, run: _OpenRun, event: events.DocumentFinished, at: float) -> None:
        document = run.documents.pop(event.document, None)
        if document is None:  # it could not be opened
            document = _DocumentSpan(at - event.seconds, event.pages)
        if not document.sampled and not is_sampled(span_id(run.id, event.document), self._ratio):
            return
        attributes: dict[str, Attribute] = {
            names.DOCUMENT_STATUS: event.status,
            names.DOCUMENT_FAILED_PAGES: event.failed_pages,
        }
        error = event.failure.code if event.failure else ""
        self._write_document(run, event.document, document, at, attributes, error)

    def _write_document(
        self,
        run: _OpenRun,
        key: str,
        document: _DocumentSpan,
        at: float,
        attributes: Mapping[str, Attribute],
        error: str = "",
    ) -> None:
        own = {names.DOCUMENT_KEY: _printable(key), names.DOCUMENT_PAGES: document.pages, **attributes}
        ids = trace_id(run.id), span_id(run.id, key), span_id(run.id)
        self._export(Span(names.DOCUMENT_SPAN, *ids, document.start, at, own, error=error))

    def _requests_traced(self, run: _OpenRun, event: RequestsTraced, at: float) -> None:
        if event.page is not None:
            new = _OpenPage(event.began, event.ended, event.worker)
            page = run.pages.setdefault((event.document, event.page), new)
            page.ended, page.worker = event.ended, event.worker
            page.requests.update((request.span, request) for request in event.requests)
            return  # its span follows with the page's own end
        self._sample(run, event.document)
        self._write_requests(run, span_id(run.id, event.document), event.requests)

    def _worker_stopped(self, run: _OpenRun, event: events.WorkerStopped, at: float) -> None:
        """What it had under way ended with it; the page is read again, or fails."""
        for page in run.pages.values():
            if page.worker == event.worker:
                for span, one in page.requests.items():
                    if one.under_way:
                        ended = replace(one, seconds=max(0.0, at - one.began), error=names.WORKER_STOPPED)
                        page.requests[span] = ended

    def _page_finished(self, run: _OpenRun, event: events.PageFinished, at: float) -> None:
        attributes: dict[str, Attribute] = {
            names.PAGE_OUTCOME: "done" if event.loss is None else "incomplete",
            names.PAGE_BLOCKS: event.blocks,
            names.PAGE_FLAWS: event.flaws,
            names.PAGE_WAIT: event.waited,
        }
        self._write_page(
            run, event, (at - event.seconds, at), attributes, event.loss.code if event.loss else ""
        )

    def _page_failed(self, run: _OpenRun, event: events.PageFailed, at: float) -> None:
        self._write_page(run, event, (at, at), {names.PAGE_OUTCOME: "failed"}, event.failure.code)

    def _write_page(
        self,
        run: _OpenRun,
        event: events.PageFinished | events.PageFailed,
        times: tuple[float, float],
        attributes: Mapping[str, Attribute],
        error: str,
    ) -> None:
        span = span_id(run.id, event.document, event.page)
        traced = run.pages.pop((event.document, event.page), None)
        if not is_sampled(span, self._ratio):
            return
        self._sample(run, event.document)
        own = {
            names.DOCUMENT_KEY: _printable(event.document),
            names.PAGE_NUMBER: event.page + 1,
            names.WORKER: event.worker,
            names.PAGE_REQUESTS: event.requests,
            names.PAGE_RETRIED: event.retried,
            **attributes,
        }
        times = (traced.began, traced.ended) if traced else times
        self._write_page_span(run, event.document, event.page, times, own, traced, error)

    def _write_page_span(
        self,
        run: _OpenRun,
        document: str,
        page: int,
        times: tuple[float, float],
        attributes: Mapping[str, Attribute],
        traced: _OpenPage | None,
        error: str = "",
    ) -> None:
        span = span_id(run.id, document, page)
        ids = trace_id(run.id), span, span_id(run.id, document)
        self._export(Span(names.PAGE_SPAN, *ids, *times, attributes, error=error))
        if traced:
            self._write_requests(run, span, tuple(traced.requests.values()))

    def _sample(self, run: _OpenRun, document: str) -> None:
        if document in run.documents:
            run.documents[document].sampled = True

    def _write_requests(self, run: _OpenRun, parent: str, requests: Sequence[RequestTrace]) -> None:
        trace, known = trace_id(run.id), {request.span: request for request in requests}
        for request in requests:
            before = known.get(request.after)
            self._export(
                Span(
                    names.REQUEST_SPAN,
                    trace,
                    request.span,
                    parent,
                    request.began,
                    request.began + request.seconds,
                    request_attributes(request, run.model),
                    kind="client",
                    events=(_retry(before, request),) if before else (),
                    links=(before.span,) if before else (),
                    error=request.error,
                )
            )


def _printable(key: str) -> str:
    """A key in valid UTF-8, also where a file's name is not: OTLP refuses the whole batch otherwise."""
    return key.encode(errors="backslashreplace").decode()


def request_attributes(request: RequestTrace, model: str) -> dict[str, Attribute]:
    """The attributes of an HTTP client span, and those of a GenAI one."""
    url, _, address = without_login(request.server).partition(" ")
    place = urlsplit(url)
    attributes: dict[str, Attribute] = {
        names.HTTP_REQUEST_METHOD: "POST",
        names.SERVER_ADDRESS: place.hostname or "",
        names.SERVER_PORT: place.port or (443 if place.scheme == "https" else 80),
        names.URL_FULL: url + names.REQUEST_PATH,
        names.GEN_AI_OPERATION_NAME: "chat",
        names.GEN_AI_REQUEST_MODEL: model,
        names.REQUEST_KIND: request.kind,
    }
    if address:
        attributes[names.NETWORK_PEER_ADDRESS] = address.strip("[]")
    if request.resend:
        attributes[names.HTTP_REQUEST_RESEND_COUNT] = request.resend
    if request.status is not None:
        attributes[names.HTTP_RESPONSE_STATUS_CODE] = request.status
    if request.finish_reason:
        attributes[names.GEN_AI_RESPONSE_FINISH_REASONS] = (request.finish_reason,)
        attributes[names.GEN_AI_USAGE_INPUT_TOKENS] = request.prompt_tokens
        attributes[names.GEN_AI_USAGE_OUTPUT_TOKENS] = request.completion_tokens
    return attributes


def _retry(before: RequestTrace, request: RequestTrace) -> SpanEvent:
    wait = max(0.0, request.began - before.began - before.seconds)
    return SpanEvent(
        names.RETRY_EVENT, request.began, {names.ERROR_TYPE: before.error, names.RETRY_WAIT: round(wait, 6)}
    )


_Fold = Callable[[SpanWriter, _OpenRun, Any, float], None]
_FOLDS: dict[type, _Fold] = {
    events.RunFinished: SpanWriter._run_finished,
    events.DocumentStarted: SpanWriter._document_started,
    events.DocumentFinished: SpanWriter._document_finished,
    events.RequestsTraced: SpanWriter._requests_traced,
    events.PageFinished: SpanWriter._page_finished,
    events.PageFailed: SpanWriter._page_failed,
    events.WorkerStopped: SpanWriter._worker_stopped,
}
