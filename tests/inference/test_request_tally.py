from __future__ import annotations

from mineru_cli.domain.events import LATENCY_BOUNDS, RequestFinished
from mineru_cli.domain.request import Completion
from mineru_cli.inference.request_tally import RequestTally


def completion(
    seconds: float, attempts: int = 1, finish: str = "stop", server: str = "http://a"
) -> Completion:
    return Completion("text", finish, 10, 5, seconds, attempts, server)


def test_requests_are_summed_by_server_kind_and_outcome():
    tally = RequestTally(3)
    tally.answered("layout", completion(0.5))
    tally.answered("layout", completion(2.0, attempts=3))
    tally.answered("text", completion(0.01))
    tally.answered("text", completion(200.0, finish="length", server="http://b"))
    tally.failed("text", "http://a", "server-fault", 3)
    layout, text, cut, failed = tally.take()
    assert (layout.worker, layout.server, layout.kind, layout.outcome) == (3, "http://a", "layout", "stop")
    assert (layout.count, layout.seconds, layout.retries) == (2, 2.5, 2)
    assert (layout.prompt_tokens, layout.completion_tokens) == (20, 10)
    assert (text.count, text.latencies[0]) == (1, 1)
    assert (cut.server, cut.outcome, cut.latencies[-1]) == ("http://b", "length", 1)
    assert failed == RequestFinished("http://a", "text", "server-fault", 3, 1, retries=3, latencies=(0,) * 11)
    assert tally.take() == []


def test_a_latency_on_a_bound_counts_within_it():
    tally = RequestTally(0)
    for bound in LATENCY_BOUNDS:
        tally.answered("text", completion(bound))
    assert tally.take()[0].latencies == (*[1] * len(LATENCY_BOUNDS), 0)
