"""Configuration of tracing: OpenTelemetry's standard variables, so that one setup serves every program.

Tracing is on if the environment names an exporter or endpoint for traces: ``OTEL_EXPORTER_OTLP_ENDPOINT``,
``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``, or ``OTEL_TRACES_EXPORTER`` other than "none"; and not while
``OTEL_SDK_DISABLED`` is true. Everything about the exporter itself is read by OpenTelemetry's packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec

from mineru_cli.domain.extras import install_hint

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")

EXPORTERS = "opentelemetry_traces_exporter"
"""The group of entry points in which OpenTelemetry's packages register exporters of spans."""

_OTLP = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
_RATIO = "traceidratio"
_FIXED = {"": 1.0, "always_on": 1.0, "always_off": 0.0}


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """How a run is traced. ``ratio`` (0-1) of the pages are sampled.

    ``exporter`` is the name of an entry point in the group ``EXPORTERS``. ``warnings`` are values that are
    not valid, with the fallback used.
    """

    ratio: float
    exporter: str
    warnings: tuple[str, ...] = ()


def trace_settings(environment: Mapping[str, str]) -> TraceSettings | None:
    """The settings from the environment; None if tracing is off."""
    named = _value(environment, "OTEL_TRACES_EXPORTER").lower()
    if _value(environment, "OTEL_SDK_DISABLED").lower() == "true" or named == "none":
        return None
    if not named and not any(_value(environment, name) for name in ENDPOINTS):
        return None
    ratio, doubts = _ratio(environment)
    exporter, more = _exporter(environment, named or "otlp")
    return TraceSettings(ratio, exporter, (*doubts, *more))


def missing(settings: TraceSettings) -> str:
    """How to install missing packages of the exporter; "" if none is missing."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        return install_hint("otel")
    if entry_points(group=EXPORTERS, name=settings.exporter):
        return ""
    return f"pip install opentelemetry-exporter-{settings.exporter.replace('_', '-')}"


def _ratio(environment: Mapping[str, str]) -> tuple[float, tuple[str, ...]]:
    sampler = _value(environment, "OTEL_TRACES_SAMPLER").lower().removeprefix("parentbased_")
    if sampler in _FIXED:
        return _FIXED[sampler], ()
    if sampler != _RATIO:
        return 1.0, (f"OTEL_TRACES_SAMPLER={sampler[:80]} is not supported: every page is traced",)
    argument = _value(environment, "OTEL_TRACES_SAMPLER_ARG")
    try:
        ratio = float(argument or 1.0)
    except ValueError:
        ratio = -1.0
    if not 0.0 <= ratio <= 1.0:
        return 1.0, (
            f"OTEL_TRACES_SAMPLER_ARG={argument[:80]} is not a number from 0 to 1: every page is traced",
        )
    return ratio, ()


def _exporter(environment: Mapping[str, str], named: str) -> tuple[str, tuple[str, ...]]:
    if named != "otlp":
        return named, ()
    protocol = next(filter(None, (_value(environment, name) for name in PROTOCOLS)), "http/protobuf")
    if protocol in _OTLP:
        return _OTLP[protocol], ()
    return _OTLP["http/protobuf"], (
        f"the OTLP protocol {protocol[:80]!r} is not supported: http/protobuf is used",
    )


def _value(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip()
