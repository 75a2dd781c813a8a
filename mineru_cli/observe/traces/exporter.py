"""Exports spans with OpenTelemetry's SDK: the only module that imports it, and only if tracing is on."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import entry_points
from threading import Thread

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from mineru_cli import __version__
from mineru_cli.errors import SettingsError
from mineru_cli.masking import conceal, masked, split_login
from mineru_cli.observe.traces import conventions as names
from mineru_cli.observe.traces.environment import ENDPOINTS, EXPORTERS, HEADERS, TraceSettings
from mineru_cli.observe.traces.span_writer import Span, SpanWriter

CLOSE_WITHIN = 10.0
"""Timeout in seconds of the final flush after a run."""

_KINDS = {"internal": trace.SpanKind.INTERNAL, "client": trace.SpanKind.CLIENT}
_SAMPLED = trace.TraceFlags(trace.TraceFlags.SAMPLED)


@contextmanager
def exported(
    settings: TraceSettings, environment: Mapping[str, str], complain: Callable[[str], None]
) -> Iterator[SpanWriter]:
    """An observer whose spans go to the exporter of ``settings`` until the block ends.

    ``complain`` is called, from any thread, when spans are first lost. Raises ``SettingsError`` if the
    exporter rejects its variables.
    """
    _conceal_secrets(environment)
    with _faults_reported(complain) as opened:
        processor = _processor(settings.exporter)
        provider = TracerProvider(
            sampler=ALWAYS_ON,  # only sampled spans arrive here
            resource=_resource(),
            id_generator=(ids := _GivenIds()),
            shutdown_on_exit=False,
        )
        provider.add_span_processor(processor)
        tracer = provider.get_tracer(names.SCOPE, __version__)
        writer = SpanWriter(settings.ratio, lambda span: _write(tracer, ids, span))
        opened()
        try:
            yield writer
        finally:
            writer.close()
            closing = Thread(target=provider.shutdown, name="trace exporter", daemon=True)
            closing.start()
            closing.join(CLOSE_WITHIN)


class _GivenIds(IdGenerator):
    """Id generator that returns the ids of the next span, which are known before it is created."""

    def __init__(self) -> None:
        self.trace = self.span = 0

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


def _write(tracer: trace.Tracer, ids: _GivenIds, span: Span) -> None:
    ids.trace, ids.span = int(span.trace, 16), int(span.id, 16)
    made = tracer.start_span(
        span.name,
        context=_context(ids.trace, span.parent),
        kind=_KINDS[span.kind],
        attributes=span.attributes,
        links=[trace.Link(_span_context(ids.trace, link)) for link in span.links],
        start_time=_nanoseconds(span.start),
    )
    for event in span.events:
        made.add_event(event.name, event.attributes, _nanoseconds(event.at))
    if span.error:
        made.set_attribute(names.ERROR_TYPE, span.error)
        made.set_status(trace.StatusCode.ERROR)
    made.end(_nanoseconds(max(span.start, span.end)))


def _context(trace_id: int, parent: str) -> Context:
    if not parent:
        return Context()
    return trace.set_span_in_context(trace.NonRecordingSpan(_span_context(trace_id, parent)), Context())


def _span_context(trace_id: int, span: str) -> trace.SpanContext:
    return trace.SpanContext(trace_id, int(span, 16), is_remote=False, trace_flags=_SAMPLED)


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)


def _resource() -> Resource:
    """OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, over our own defaults."""
    own = Resource({"service.name": "mineru-batch", "service.version": __version__})
    return own.merge(OTELResourceDetector().detect())


def _make(name: str) -> SpanExporter:
    if name == "console":
        return ConsoleSpanExporter(out=sys.stderr)  # stdout is for --progress json
    (found, *_) = entry_points(group=EXPORTERS, name=name)
    exporter: SpanExporter = found.load()()
    return exporter


def _processor(name: str) -> BatchSpanProcessor:
    try:
        return BatchSpanProcessor(_make(name))
    except Exception as error:
        raise SettingsError(
            f"the exporter of traces {name} cannot be used: {error}",
            hint="check the variables OTEL_EXPORTER_* and OTEL_BSP_*, or set OTEL_SDK_DISABLED=true",
        ) from error


def _conceal_secrets(environment: Mapping[str, str]) -> None:
    for name in HEADERS:
        for header in environment.get(name, "").split(","):
            conceal(header.partition("=")[2])
    for name in ENDPOINTS:
        split_login(environment.get(name, ""))


@contextmanager
def _faults_reported(complain: Callable[[str], None]) -> Iterator[Callable[[], None]]:
    """Report only the SDK's first fault: it logs one for each batch, some with a traceback.

    All its warnings about variables are reported, until the returned function is called.
    """
    logger = logging.getLogger("opentelemetry")
    handler, propagate = _Faults(complain), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield handler.opened
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


class _Faults(logging.Handler):
    def __init__(self, complain: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._complain = complain
        self._opening, self._lost = True, False

    def opened(self) -> None:
        self._opening = False

    def emit(self, record: logging.LogRecord) -> None:
        text = masked(record.getMessage())[:500]
        if self._opening:
            self._complain(f"traces: {text}")
        elif not self._lost:
            self._lost = True
            self._complain(f"traces do not reach the collector: {text}")
