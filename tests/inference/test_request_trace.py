from __future__ import annotations

from itertools import count

import anyio
import pytest

from mineru_cli.domain.trace_ids import is_sampled, span_id, trace_id
from mineru_cli.errors import RequestTimeout, ServerFault
from mineru_cli.inference.request_trace import Tracing
from tests.inference.fleets import Pages, open_fleet

pytestmark = pytest.mark.anyio


def tracing(ratio: float = 1.0) -> Tracing:
    moments, numbers = count(100.0), count(1)
    return Tracing("r", ratio, wall=lambda: next(moments), bits=lambda bits: next(numbers))


async def test_each_attempt_is_a_request_of_its_own_with_its_own_header(double):
    double.control(faults=[{"kind": "500", "count": 2}])
    traces = tracing().of_page("d", 3, ago=2.0)
    async with open_fleet(double.url) as opened:
        await opened.fleet.ask(Pages(1).request(0), traces=traces)
    event = traces.event(worker=5)
    assert (event.document, event.page, event.worker, event.began) == ("d", 3, 5, 98.0)
    assert [(one.resend, one.after, one.status, one.error, one.finish_reason) for one in event.requests] == [
        (0, "", 500, "server-fault", ""),
        (1, f"{1:016x}", 500, "server-fault", ""),
        (2, f"{2:016x}", 200, "", "stop"),
    ]
    assert double.stats()["traceparents"] == [f"00-{trace_id('r')}-{one.span}-01" for one in event.requests]


async def test_a_page_that_is_not_sampled_records_nothing_and_sends_the_header(double):
    traces = tracing(0.0).of_page("d", 0)
    async with open_fleet(double.url) as opened:
        await opened.fleet.ask(Pages(1).request(0), traces=traces)
    assert traces.event(0) is None
    assert double.stats()["traceparents"] == [f"00-{trace_id('r')}-{1:016x}-00"]


async def test_without_tracing_no_header_is_sent(double):
    async with open_fleet(double.url) as opened:
        await opened.fleet.ask(Pages(1).request(0))
    assert double.stats()["requests"] == 1
    assert double.stats()["traceparents"] == []


async def test_a_request_that_was_given_up_is_recorded(double):
    double.control(faults=[{"kind": "hang"}])
    traces = tracing().of_page("d", 0)
    async with open_fleet(double.url) as opened:
        with pytest.raises(RequestTimeout):
            await opened.fleet.ask(Pages(1).request(0), deadline=anyio.current_time() + 0.3, traces=traces)
    (request,) = traces.event(0).requests
    assert (request.error, request.status) == ("cancelled", None)


async def test_what_is_under_way_is_reported_once_and_again_with_its_end(double):
    traces = tracing().of_page("d", 0)
    assert traces.so_far(2) is None
    with traces.request("layout", double.url, resend=0, after="") as first:
        event = traces.so_far(2)
        assert (event.unfinished, event.worker, event.requests[0].span) == (True, 2, first.span)
        assert event.requests[0].under_way
        assert traces.so_far(2) is None
    (ended,) = traces.so_far(2).requests
    assert (ended.span, ended.under_way, ended.error) == (first.span, False, "cancelled")
    assert traces.so_far(2) is None
    assert traces.event(2).requests == (ended,)
    assert tracing(0.0).of_page("d", 0).so_far(2) is None


def test_an_error_ends_a_request_with_its_code_and_status():
    traces = tracing().of_page("d", 0)
    with pytest.raises(ServerFault), traces.request("text", "http://s", resend=0, after=""):
        raise ServerFault("words that stay here", status=502)
    (request,) = traces.requests
    assert (request.error, request.status) == ("server-fault", 502)
    assert "words" not in str(request)


def test_a_document_is_sampled_when_one_of_its_pages_is():
    sampled = next(page for page in range(999) if is_sampled(span_id("r", "d", page), 0.1))
    others = tuple(page for page in range(20) if not is_sampled(span_id("r", "d", page), 0.1))
    assert tracing(0.1).of_document("d", (*others, sampled)).sampled
    assert not tracing(0.1).of_document("d", others).sampled


def test_an_id_is_never_all_zeros():
    traces = Tracing("r", 1.0, wall=lambda: 0.0, bits=lambda bits: 0).of_page("d", 0)
    assert traces.request("text", "s", resend=0, after="").span == f"{1:016x}"
