from __future__ import annotations

from mineru_cli.domain import events
from mineru_cli.domain.events import RequestsTraced, RequestTrace
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.trace_ids import span_id, trace_id
from mineru_cli.observe.traces.span_writer import Span, SpanWriter, request_attributes

STARTED = events.RunStarted("out", ("http://s",), "m", "mineru", "auto", 1, 8, False, False, run="r")
FIRST = RequestTrace("a" * 16, "http://s", "layout", 11.0, 1.0, status=500, error="server-fault")
SECOND = RequestTrace(
    "b" * 16, "http://s", "layout", 12.5, 1.0, resend=1, after="a" * 16, status=200, finish_reason="stop",
    prompt_tokens=7, completion_tokens=9,
)  # fmt: skip


def written(*happened, ratio=1.0, close=False) -> list[Span]:
    spans: list[Span] = []
    writer = SpanWriter(ratio, spans.append)
    for event, at in happened:
        writer(event, at)
    if close:
        writer.close()
    return spans


def page(number=0, **more):
    return events.PageFinished("d", number, 0, 2.0, 3, 0, 2, 1, run="r", **more)


def test_a_page_with_a_retry():
    traced = RequestsTraced("d", 0, 0, 10.0, 14.0, (FIRST, SECOND), run="r")
    spans = written(
        (STARTED, 1.0), (events.DocumentStarted("d", 1, 0, 0), 9.0), (traced, 14.1), (page(), 14.2),
        (events.DocumentFinished("d", "done", 1, 0, 5.0), 15.0), (events.RunFinished("finished", 0, 15.0), 16.0),
    )  # fmt: skip
    assert [span.name for span in spans] == ["page", "POST /v1/chat/completions"] * 1 + [
        "POST /v1/chat/completions", "document", "run",
    ]  # fmt: skip
    read, first, second, document, run = spans
    assert (run.id, run.parent, run.trace) == (span_id("r"), "", trace_id("r"))
    assert (document.parent, read.parent, first.parent, second.parent) == (
        run.id,
        document.id,
        read.id,
        read.id,
    )
    assert (run.start, run.end) == (1.0, 16.0)
    assert (document.start, document.end) == (9.0, 15.0)
    assert (read.start, read.end) == (10.0, 14.0)
    assert (first.error, second.error) == ("server-fault", "")
    assert second.links == (first.id,)
    assert [(event.name, event.attributes["mineru_batch.retry.wait"]) for event in second.events] == [
        ("mineru_batch.retry", 0.5)
    ]


def test_nothing_is_sampled_at_zero_and_no_span_lacks_its_parent_between():
    happened = [(STARTED, 1.0)]
    for number in range(40):
        name = f"d{number}"
        happened.append((events.DocumentStarted(name, 1, 0, 0), 2.0))
        happened.append((events.PageFinished(name, 0, 0, 0.5, 1, 0, 1, 0, run="r"), 3.0))
        happened.append((events.DocumentFinished(name, "done", 1, 0, 1.0), 4.0))
    happened.append((events.RunFinished("finished", 0, 5.0), 5.0))
    assert written(*happened, ratio=0.0) == []
    some = written(*happened, ratio=0.3)
    known = {span.id for span in some} | {""}
    pages = [span for span in some if span.name == "page"]
    assert 0 < len(pages) < 40
    assert all(span.parent in known for span in some)


def test_what_could_not_be_opened_is_a_document_with_an_error():
    failed = events.DocumentFinished("d", "failed", 0, 0, 2.0, Failure("document-corrupt", "secret words"))
    (document, _) = written((STARTED, 1.0), (failed, 5.0), close=True)
    assert (document.start, document.end, document.error) == (3.0, 5.0, "document-corrupt")
    assert "secret words" not in str(document)


def test_a_page_that_killed_its_worker_has_a_span_of_no_length():
    lost = events.PageFailed("d", 4, -1, Failure("reader-crashed", "words"), run="r")
    read, *_ = written((STARTED, 1.0), (lost, 5.0), close=True)
    assert (read.start, read.end, read.error) == (5.0, 5.0, "reader-crashed")
    assert read.attributes["mineru_batch.page.number"] == 5
    assert "words" not in str(read)


GOING = RequestTrace("c" * 16, "http://s", "text", 13.0, 0.5)


def test_requests_of_a_worker_that_died_hang_from_the_page_that_was_read_again():
    sent = RequestsTraced("d", 0, 3, 10.0, 13.5, (FIRST, GOING), unfinished=True, run="r")
    again = RequestsTraced("d", 0, 4, 20.0, 24.0, (SECOND,), run="r")
    spans = written(
        (STARTED, 1.0), (events.DocumentStarted("d", 1, 0, 0), 9.0), (sent, 13.5),
        (events.WorkerStopped(2, 1, "killed", "SIGKILL"), 13.8),
        (events.WorkerStopped(3, 1, "killed", "SIGKILL"), 14.0),
        (again, 24.0), (page(), 24.1), close=True,
    )  # fmt: skip
    read, *requests, document, run = spans
    assert [one.id for one in requests] == [FIRST.span, GOING.span, SECOND.span]
    assert {one.parent for one in requests} == {read.id}
    assert [one.error for one in requests] == ["server-fault", "worker-stopped", ""]
    assert (requests[1].start, requests[1].end) == (13.0, 14.0)
    assert (read.start, read.end, read.error) == (10.0, 24.0, "")
    assert (document.name, run.name) == ("document", "run")


def test_requests_of_pages_that_never_ended_leave_with_the_run():
    sent = RequestsTraced("d", 0, 3, 10.0, 13.5, (FIRST, GOING), unfinished=True, run="r")
    known = RequestsTraced("d", 0, 3, 10.0, 15.5, (SECOND,), unfinished=True, run="r")
    happened = ((STARTED, 1.0), (events.DocumentStarted("d", 1, 0, 0), 9.0), (sent, 13.5), (known, 15.5))
    read, *requests, document, run = written(*happened, close=True)
    assert read.attributes["mineru_batch.page.outcome"] == "unfinished"
    assert (read.parent, document.parent, run.parent) == (document.id, run.id, "")
    assert [(one.id, one.error, one.parent) for one in requests] == [
        (FIRST.span, "server-fault", read.id),
        (GOING.span, "", read.id),
        (SECOND.span, "", read.id),
    ]
    assert (read.error, document.error) == ("", "")


def test_a_run_that_is_broken_off_ends_its_open_spans_once():
    spans = written((STARTED, 1.0), (events.DocumentStarted("d", 9, 0, 0), 2.0), (page(), 4.0), close=True)
    assert [span.name for span in spans] == ["page", "document", "run"]
    assert spans[1].attributes["mineru_batch.document.status"] == "unfinished"
    assert spans[2].attributes["mineru_batch.run.outcome"] == "unfinished"
    ended = written((STARTED, 1.0), (events.RunFinished("given-up", 4, 2.0), 3.0), close=True)
    assert [(span.name, span.error) for span in ended] == [("run", "given-up")]


def test_questions_about_a_document_hang_from_it():
    traced = RequestsTraced("d", None, 0, 10.0, 14.0, (FIRST,), run="r")
    request, document, _ = written(
        (STARTED, 1.0), (events.DocumentStarted("d", 1, 0, 0), 2.0), (traced, 3.0),
        (events.DocumentFinished("d", "done", 1, 0, 5.0), 4.0), close=True,
    )  # fmt: skip
    assert (request.parent, document.name) == (document.id, "document")


def test_what_no_run_began_leaves_nothing():
    assert written((page(), 1.0), (events.RunFinished("failed", 1, 1.0), 2.0), close=True) == []


def test_a_server_is_shown_by_its_address_and_without_its_login():
    request = RequestTrace(
        "a" * 16, "https://user:pass-word@gpu.example/v [10.0.0.7]", "text", 0.0, 1.0, error="cancelled"
    )
    attributes = request_attributes(request, "m")
    assert attributes["url.full"] == "https://gpu.example/v/v1/chat/completions"
    assert (attributes["server.address"], attributes["server.port"]) == ("gpu.example", 443)
    assert attributes["network.peer.address"] == "10.0.0.7"
    assert "http.response.status_code" not in attributes
    assert "http.request.resend_count" not in attributes
    assert "pass-word" not in str(attributes)
