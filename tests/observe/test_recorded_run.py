"""Every observer over what a real run announced: two workers, one server, killed and started again.

``two_workers_and_an_outage.jsonl`` is the ``--progress json`` stream of such a run, names and ports changed. Values
made by hand hid that events left the workers without their number.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from mineru_cli.bench.measure.recording import Recording
from mineru_cli.domain.codec import decode
from mineru_cli.domain.events import (
    BreakerChanged,
    Event,
    PageFinished,
    RequestFinished,
    RequestRetried,
    RunFinished,
)
from mineru_cli.observe.progress import RunProgress
from mineru_cli.observe.timeline_recorder import TimelineRecorder
from mineru_cli.ui.jsonl import JsonView
from mineru_cli.ui.terminal.log import LogView

RECORDED = Path(__file__).with_name("two_workers_and_an_outage.jsonl")
SERVER = "http://gpu1:8000"


@pytest.fixture(scope="module")
def happened() -> list[tuple[Event, float]]:
    return [(decode(line), json.loads(line)["at"]) for line in RECORDED.read_bytes().splitlines()]


def of(happened: list[tuple[Event, float]], kind: type) -> list:
    return [event for event, _ in happened if isinstance(event, kind)]


def test_both_workers_speak_and_all_events_are_of_one_run(happened):
    changes = of(happened, BreakerChanged)
    assert {change.worker for change in changes if change.state == "open"} == {0, 1}
    assert {retried.worker for retried in of(happened, RequestRetried)} <= {0, 1}
    assert len({event.run for event, _ in happened}) == 1


@pytest.mark.spec("orchestration/observability/a-servers-state-is-what-all-workers-see")
def test_a_server_is_away_while_it_is_for_both_and_back_when_it_is_for_both(happened):
    progress, states = RunProgress(), []
    for event, at in happened:
        progress.apply(event, at)
        if isinstance(event, BreakerChanged):
            (server,) = progress.snapshot(at).servers
            states.append((server.breaker, server.open_at, server.seen_by))
    assert states == [
        ("half-open", 1, 2),
        ("open", 2, 2),
        ("half-open", 1, 2),
        ("half-open", 0, 2),
        ("half-open", 0, 2),
        ("closed", 0, 2),
    ]


def test_the_log_says_once_that_the_server_is_away_and_once_that_it_is_back(happened):
    stream = io.StringIO()
    with LogView(stream) as view:
        for event, at in happened:
            view(event, at)
    lines = stream.getvalue().splitlines()
    assert [line for line in lines if "is in trouble" in line] == [
        line for line in lines if "trouble" in line
    ]
    trouble = [index for index, line in enumerate(lines) if "in trouble" in line]
    back = [index for index, line in enumerate(lines) if "answers again" in line]
    assert len(trouble) == len(back) == 1
    assert trouble < back


def test_the_timeline_has_the_outage_from_the_first_breaker_to_the_last(happened):
    recorder = TimelineRecorder()
    for event, at in happened:
        recorder(event, at)
    timeline = recorder.timeline()
    assert timeline is not None
    assert timeline.servers[SERVER].breaker[-1].state == "closed"
    assert "open" in {change.state for change in timeline.servers[SERVER].breaker}
    assert sum(filter(None, timeline.pages.values)) == len(of(happened, PageFinished))


def extends(now, then):
    """Whether ``now`` says all that ``then`` says, and perhaps more."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(
            key in now and extends(now[key], value) for key, value in then.items()
        )
    return now == then


def test_the_stream_is_written_again_as_it_was_but_for_fields_that_came_later(happened):
    stream = io.StringIO()
    with JsonView(stream) as view:
        for event, at in happened:
            view(event, at)
    written = map(json.loads, stream.getvalue().splitlines())
    recorded = map(json.loads, RECORDED.read_text().splitlines())
    for now, then in zip(written, recorded, strict=True):
        assert extends(now, then)


def test_requests_pages_and_totals_agree(happened):
    recording = Recording()
    for event, at in happened:
        recording(event, at)
    (end,) = of(happened, RunFinished)
    assert end.totals is not None
    assert len(recording.pages) == end.totals.pages_done
    finished = of(happened, RequestFinished)
    assert sum(event.count + event.retries for event in finished) == end.totals.requests
    assert sum(event.retries for event in finished) == end.totals.retried == len(of(happened, RequestRetried))
    assert {event.server for event in finished} == {SERVER}
    assert sum(event.completion_tokens for event in finished) == sum(
        page.completion_tokens for page in of(happened, PageFinished)
    )
