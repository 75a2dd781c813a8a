from __future__ import annotations

from mineru_cli.inference.busy import TRIAL_REQUESTS, BusyGate
from mineru_cli.settings import Retrying
from tests.inference.hand_clock import HandClock


def build(clock: HandClock) -> BusyGate:
    return BusyGate(Retrying(), clock=clock, random=lambda: 1.0)


def test_an_open_gate_leaves_the_limit_alone():
    assert build(HandClock()).room(48) == 48


def test_busy_shuts_it_and_an_answer_opens_it():
    gate = build(HandClock())
    gate.busy(None)
    assert gate.room(48) == 0
    gate.answered()
    assert gate.room(48) == 48


def test_after_the_wait_a_few_may_try_and_waits_grow_to_a_cap():
    clock = HandClock()
    gate = build(clock)
    waits = []
    for _ in range(6):
        for _ in range(30):  # all that was in flight is refused at the same moment: that counts once
            gate.busy(None)
        waits.append(gate.opens_in)
        clock.pass_(gate.opens_in)
        assert gate.room(48) == TRIAL_REQUESTS
        assert gate.room(1) == 1
    assert waits == sorted(waits)
    assert waits[0] < waits[2] <= waits[-1] <= Retrying().cap / 4


def test_retry_after_is_respected():
    clock = HandClock()
    gate = build(clock)
    gate.busy(20.0)
    clock.pass_(19)
    assert gate.room(48) == 0
    clock.pass_(1)
    assert gate.room(48) == TRIAL_REQUESTS
