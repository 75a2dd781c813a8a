from __future__ import annotations

import threading

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from mineru_cli.domain import events
from mineru_cli.errors import SettingsError
from mineru_cli.observe.traces import exporter
from mineru_cli.observe.traces.environment import TraceSettings
from mineru_cli.observe.traces.exporter import exported
from tests.observe.traces.otlp_receiver import collector

OTLP = TraceSettings(1.0, "otlp_proto_http")
STARTED = events.RunStarted("out", ("http://s",), "m", "mineru", "auto", 1, 8, False, False, run="r")


def test_a_file_name_that_is_not_utf_8_loses_no_span(monkeypatch):
    with collector() as got:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", got.url)
        with exported(OTLP, {}, pytest.fail) as write:
            write(STARTED, 1.0)
            write(events.DocumentStarted("caf\udce9", 1, 0, 0, run="r"), 2.0)
            write(events.DocumentFinished("caf\udce9", "done", 1, 0, 1.0, run="r"), 3.0)
    (document,) = got.named("document")
    assert document.attributes["mineru_batch.document.key"] == "caf\\udce9"
    assert len(got.named("run")) == 1


def test_a_collector_that_hangs_does_not_keep_the_run(monkeypatch):
    answer = threading.Event()

    class Hanging(SpanExporter):
        def export(self, spans):
            answer.wait(60)
            return SpanExportResult.SUCCESS

    monkeypatch.setattr(exporter, "CLOSE_WITHIN", 0.05)
    monkeypatch.setattr(exporter, "_make", lambda name: Hanging())
    with exported(OTLP, {}, pytest.fail) as write:
        write(STARTED, 1.0)
    left = [thread for thread in threading.enumerate() if thread.name == "trace exporter"]
    assert len(left) == 1, "it still waits"
    answer.set()
    left[0].join()


def test_variables_that_the_exporter_refuses_are_a_clear_error(monkeypatch):
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")  # less than a batch
    with pytest.raises(SettingsError) as raised, exported(OTLP, {}, pytest.fail):
        pass
    assert "OTEL_BSP_*" in raised.value.hint


def test_variables_that_the_exporter_does_not_understand_are_reported_and_spans_arrive(monkeypatch):
    said: list[str] = []
    with collector() as got:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", got.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")
        with exported(OTLP, {}, said.append) as write:
            write(STARTED, 1.0)
    assert [text for text in said if "'soon'" in text] != []
    assert not any("collector" in text for text in said)
    assert len(got.named("run")) == 1
