from __future__ import annotations

import pytest

from mineru_cli.engine.observers import wanted_tracing
from mineru_cli.observe.traces import environment
from mineru_cli.observe.traces.environment import TraceSettings, missing, trace_settings

AT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_SERVICE_NAME": "x", "OTEL_TRACES_SAMPLER": "always_on"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://collector:4318/v1/metrics"},
        {**AT, "OTEL_TRACES_EXPORTER": "none"},
        {**AT, "OTEL_SDK_DISABLED": "TRUE"},
    ],
)
def test_off(variables):
    assert trace_settings(variables) is None
    assert wanted_tracing(variables) == (None, [])


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (AT, TraceSettings(1.0, "otlp_proto_http")),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x/v1/traces"}, TraceSettings(1.0, "otlp_proto_http")),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, TraceSettings(1.0, "otlp_proto_http")),
        ({**AT, "OTEL_TRACES_EXPORTER": "console"}, TraceSettings(1.0, "console")),
        ({**AT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, TraceSettings(1.0, "otlp_proto_grpc")),
        (
            {
                **AT,
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            },
            TraceSettings(1.0, "otlp_proto_http"),
        ),
        ({**AT, "OTEL_TRACES_SAMPLER": "always_off"}, TraceSettings(0.0, "otlp_proto_http")),
        ({**AT, "OTEL_TRACES_SAMPLER": "parentbased_always_on"}, TraceSettings(1.0, "otlp_proto_http")),
        (
            {**AT, "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"},
            TraceSettings(0.1, "otlp_proto_http"),
        ),
        ({**AT, "OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}, TraceSettings(1.0, "otlp_proto_http")),
    ],
)
def test_on(variables, expected):
    assert trace_settings(variables) == expected


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"OTEL_TRACES_SAMPLER": "jaeger_remote"}, "jaeger_remote"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "10%"}, "10%"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "nan"}, "nan"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1.5"}, "1.5"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, "http/json"),
    ],
)
def test_an_unknown_value_is_reported_and_the_default_used(variables, named):
    settings, notices = wanted_tracing({**AT, **variables})
    assert (settings.ratio, settings.exporter) == (1.0, "otlp_proto_http")
    assert [named in notice.text for notice in notices] == [True]


def test_without_the_extra_a_run_goes_on_untraced(monkeypatch):
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    settings, (notice,) = wanted_tracing(AT)
    assert settings is None
    assert "pip install '.[otel]'" in notice.text


def test_an_exporter_that_is_not_installed_is_named():
    assert missing(TraceSettings(1.0, "otlp_proto_http")) == ""
    assert (
        missing(TraceSettings(1.0, "otlp_proto_nowhere"))
        == "pip install opentelemetry-exporter-otlp-proto-nowhere"
    )
