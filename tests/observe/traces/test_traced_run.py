"""Real runs against the server double, with a collector that gets their spans."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import corpus
import pytest
from vllm_double import Double

from mineru_cli.domain.trace_ids import is_sampled, span_id, trace_id
from tests.chaos.command import Command
from tests.observe.traces.otlp_receiver import Collector, Received, collector

REQUEST = "POST /v1/chat/completions"
CLIENT = 3  # SPAN_KIND_CLIENT
QUIET = {name: "" for name in os.environ if name.startswith("OTEL_")}


@pytest.fixture
def pdfs(tmp_path: Path) -> Path:
    folder = tmp_path / "pdfs"
    folder.mkdir()
    for number in range(4):
        pages = [corpus.prose(f"doc{number}", page) for page in range(3)]
        (folder / f"doc{number}.pdf").write_bytes(corpus.text_pdf(pages))
    return folder


def convert(folder: Path, pdfs: Path, double: Double, environ: dict[str, str]) -> Command:
    return Command(
        folder, pdfs, "-o", folder / "out", "--server-url", double.url, "--text", "model", "--workers", "2",
        environ={**QUIET, **environ},
    )  # fmt: skip


def to(got: Collector, **more: str) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": got.url, **more}


def run_of(run: Command) -> str:
    return run.events("run-started")[0]["run"]


def split(header: str) -> tuple[str, str, str]:
    version, trace, span, flags = header.split("-")
    assert version == "00"
    return trace, span, flags


def parents(got: Collector, name: str) -> set[str]:
    return {span.parent for span in got.named(name)}


def ids(got: Collector, name: str) -> dict[str, Received]:
    return {span.id: span for span in got.named(name)}


def test_requests_of_a_worker_that_was_killed_leave_spans(tmp_path, pdfs):
    for pdf in list(pdfs.iterdir())[1:]:
        pdf.unlink()
    with collector() as got, Double(slots=4) as double:
        double.control(faults=[{"kind": "hang", "count": 3}])
        run = convert(tmp_path, pdfs, double, to(got))
        run.wait_for(lambda run: any(one["unfinished"] for one in run.events("requests-traced")))
        (told,) = {one["worker"] for one in run.events("requests-traced")}
        pids = {one["worker"]: one["pid"] for one in run.events("worker-started")}
        os.kill(pids[told], signal.SIGKILL)
        assert run.wait() == 0, run.errors()
        headers = [split(header) for header in double.stats()["traceparents"]]
    pages, requests = ids(got, "page"), ids(got, REQUEST)
    lost = [one for one in requests.values() if one.attributes.get("error.type") == "worker-stopped"]
    assert lost
    assert len(pages) == 3
    assert {span for _, span, _ in headers} == set(requests), "what reached the server has a span"
    for one in requests.values():
        assert pages[one.parent].start <= one.start <= one.end <= pages[one.parent].end
    assert not any(page.error for page in pages.values())


@pytest.mark.spec("mineru-service/tracing/requests-propagate-the-trace")
@pytest.mark.spec("mineru-service/tracing/spans-of-a-run-with-an-outage-arrive-whole")
def test_spans_arrive_with_their_parents_through_faults_and_an_outage(tmp_path, pdfs):
    (pdfs / "broken.pdf").write_bytes(b"%PDF-1.6 and nothing else")
    with collector() as got, Double(slots=4, layout_seconds=0.05, block_seconds=0.02) as double:
        double.control(faults=[{"kind": "500", "count": 3}, {"kind": "503busy", "count": 2}])
        log = tmp_path / "run.log"
        environ = to(got, OTEL_RESOURCE_ATTRIBUTES="team=archive", MINERU_BATCH_LOG_FILE=str(log))
        run = convert(tmp_path, pdfs, double, environ)
        run.wait_for_pages(2)
        double.control(refuse=1.0)
        assert run.wait() == 1, run.errors()
        headers = [split(header) for header in double.stats()["traceparents"]]
        asked = double.stats()["requests"]

    (root,) = got.named("run")
    assert (root.parent, root.trace) == ("", trace_id(run_of(run)))
    assert {span.trace for span in got.spans} == {root.trace}
    assert len({span.id for span in got.spans}) == len(got.spans)
    assert all(span.start <= span.end for span in got.spans)
    documents, pages, requests = ids(got, "document"), ids(got, "page"), ids(got, REQUEST)
    assert parents(got, "document") == {root.id}
    assert parents(got, "page") < set(documents)
    assert len(documents) == 5
    assert len(pages) == 12
    assert parents(got, REQUEST) == set(pages)
    broken = next(one for one in documents.values() if one.error)
    assert broken.attributes["error.type"] == "document-corrupt"

    assert len(headers) == asked, "every request carries one header"
    assert {(trace, flags) for trace, _, flags in headers} == {(root.trace, "01")}
    reached = {span for _, span, _ in headers}
    assert reached <= set(requests), "and is a span"
    assert len(reached) == len(headers), "of its own"
    lost = [span for id_, span in requests.items() if id_ not in reached]
    assert {span.attributes["error.type"] for span in lost} <= {"server-unreachable"}

    for span in requests.values():
        assert span.kind == CLIENT
        assert pages[span.parent].start <= span.start <= span.end <= pages[span.parent].end
        assert span.attributes["http.request.method"] == "POST"
        assert span.attributes["url.full"] == f"{double.url}/v1/chat/completions"
        assert span.attributes["server.port"] == int(double.url.rpartition(":")[2])
        assert span.error == ("error.type" in span.attributes)
        if not span.error:
            assert span.attributes["http.response.status_code"] == 200
            assert span.attributes["gen_ai.response.finish_reasons"] == ["stop"]
            assert span.attributes["gen_ai.usage.output_tokens"] > 0

    again = [span for span in requests.values() if "http.request.resend_count" in span.attributes]
    retried = run.events("request-retried")
    assert len(again) == len(retried) >= 5
    assert sum(page.attributes["mineru_batch.page.retried"] for page in pages.values()) == len(again)
    for span in again:
        (before,) = (requests[link] for link in span.links)
        assert before.error
        assert before.parent == span.parent
        assert (
            before.attributes.get("http.request.resend_count", 0) + 1
            == span.attributes["http.request.resend_count"]
        )
        ((name, attributes),) = span.events
        assert (name, attributes["error.type"]) == ("mineru_batch.retry", before.attributes["error.type"])
        assert attributes["mineru_batch.retry.wait"] >= 0
    assert sorted(one.attributes["error.type"] for one in requests.values() if one.error) == sorted(
        event["code"] for event in retried
    )

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["trace_id"] for line in lines} == {root.trace}
    spans_of = {"page-finished": set(pages), "document-finished": set(documents), "run-finished": {root.id}}
    for event, expected in spans_of.items():
        assert {line["span_id"] for line in lines if line["event"] == event} == expected

    assert got.resource["service.name"] == "mineru-batch"
    assert got.resource["team"] == "archive"
    texts = [
        line
        for number in range(4)
        for page in range(3)
        for line in corpus.prose(f"doc{number}", page).splitlines()
    ]
    assert [line for line in texts if len(line) > 8 and line.encode() in got.raw] == []
    assert b"Read " not in got.raw, "nothing of what the model said"


@pytest.mark.spec("mineru-service/tracing/unsampled-requests-carry-the-flag-of-unsampled")
def test_a_share_of_the_pages_is_sampled_and_the_other_requests_say_so(tmp_path, pdfs):
    sampler = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.4"}
    with collector() as got, Double() as double:
        run = convert(tmp_path, pdfs, double, to(got, **sampler))
        assert run.wait() == 0, run.errors()
        headers = [split(header) for header in double.stats()["traceparents"]]
    name = run_of(run)
    expected = {
        span
        for event in run.events("page-finished")
        if is_sampled(span := span_id(name, event["document"], event["page"]), 0.4)
    }
    assert set(ids(got, "page")) == expected
    assert parents(got, REQUEST) == expected
    assert parents(got, "page") <= set(ids(got, "document"))
    assert len(got.named("run")) == 1
    flags = {span: flag for _, span, flag in headers}
    assert {span for span, flag in flags.items() if flag == "01"} == set(ids(got, REQUEST))
    assert len(flags) == len(headers) == sum(event["requests"] for event in run.events("page-finished"))
    assert set(flags.values()) <= {"00", "01"}


def test_sampling_nothing_exports_nothing_and_still_sends_the_header(tmp_path, pdfs):
    with collector() as got, Double() as double:
        run = convert(tmp_path, pdfs, double, to(got, OTEL_TRACES_SAMPLER="always_off"))
        assert run.wait() == 0, run.errors()
        headers = [split(header) for header in double.stats()["traceparents"]]
    assert got.spans == []
    assert run.events("requests-traced") == []
    assert {flag for _, _, flag in headers} == {"00"}


@pytest.mark.parametrize(
    "environ", [{}, {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}]
)
def test_when_off_nothing_is_sent_recorded_or_loaded(tmp_path, pdfs, environ):
    program = (
        "import sys, mineru_cli\n"
        "report = mineru_cli.convert([sys.argv[1]], output=sys.argv[2], server_url=sys.argv[3], text='model')\n"
        "print(report.exit_code, sorted(name for name in sys.modules if name.startswith('opentelemetry')))\n"
    )
    with Double() as double:
        done = subprocess.run(
            [sys.executable, "-c", program, pdfs, tmp_path / "out", double.url],
            env={**os.environ, **QUIET, **environ}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert double.stats()["requests"] > 0
        assert double.stats()["traceparents"] == []
    assert done.stdout == "0 []\n"


def test_a_collector_that_is_not_there_is_reported_once_and_costs_no_document(tmp_path, pdfs):
    quick = {
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    }
    with Double(slots=2, block_seconds=0.1) as double:
        run = convert(tmp_path, pdfs, double, quick)
        assert run.wait() == 0, run.errors()
    notices = [one["text"] for one in run.events("notice") if "traces" in one["text"]]
    assert len(notices) == 1
    assert "do not reach the collector" in notices[0]
    assert "Traceback" not in run.errors()


def test_spans_on_the_console_leave_stdout_to_the_events(tmp_path, pdfs):
    with Double() as double:
        run = convert(tmp_path, pdfs, double, {"OTEL_TRACES_EXPORTER": "console"})
        assert run.wait() == 0, run.errors()
    assert all(json.loads(line)["event"] for line in run.events_path.read_text().splitlines())
    assert run.errors().count('"name": "page"') == 12
