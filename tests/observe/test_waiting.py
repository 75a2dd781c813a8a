from __future__ import annotations

import pytest

from mineru_cli.domain import events as ev
from mineru_cli.observe.waiting import WaitingTime

STARTED = ev.RunStarted("out", ("http://a", "http://b"), "MinerU", "mineru", "auto", 2, 8, False, False)


def gauge(worker: int, units: int) -> ev.WorkerGauge:
    return ev.WorkerGauge(worker, units, 0, 0, 0, 8, 1, 1.0)


def broke(server: str, state: str, worker: int = 0) -> ev.BreakerChanged:
    return ev.BreakerChanged(server, state, "refused", worker)


@pytest.mark.parametrize(("units", "waited"), [(0, 10.0), (1, 0.0)])
def test_only_workers_with_work_have_a_say(units: int, waited: float):
    """One without work sends nothing, so it never notices that the servers are gone."""
    waiting = WaitingTime()
    for at, event in [
        (0.0, STARTED), (1.0, ev.WorkerStarted(0, 9, 0.1)), (1.0, ev.WorkerStarted(1, 10, 0.1)),
        (2.0, gauge(0, 1)), (2.0, gauge(1, units)),
        (9.0, broke("http://a", "open")), (10.0, broke("http://b", "open")),
        (20.0, broke("http://b", "half-open")), (20.0, broke("http://b", "closed")),
    ]:  # fmt: skip
        waiting(event, at)
    assert waiting.seconds(30.0) == waited
    assert not waiting.waiting


def test_a_worker_that_gets_work_waits_as_well():
    waiting = WaitingTime()
    for at, event in [
        (0.0, STARTED), (1.0, ev.WorkerStarted(0, 9, 0.1)), (1.0, ev.WorkerStarted(1, 10, 0.1)),
        (2.0, gauge(0, 1)), (2.0, gauge(1, 0)),
        (10.0, broke("http://a", "open")), (10.0, broke("http://b", "open")), (14.0, gauge(1, 1)),
    ]:  # fmt: skip
        waiting(event, at)
    assert waiting.seconds(20.0) == 4.0, "it may still find one"
