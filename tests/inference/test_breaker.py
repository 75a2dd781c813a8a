from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from mineru_cli.inference.breaker import LONGEST_PROBE_WAIT, Breaker
from mineru_cli.settings import Breaking
from tests.inference.hand_clock import HandClock

SETTINGS = Breaking()


def build(clock: HandClock, changes: list | None = None, random: float = 0.5) -> Breaker:
    log = changes if changes is not None else []
    return Breaker(
        SETTINGS,
        clock=clock,
        random=lambda: random,
        changed=lambda state, reason: log.append((state, reason)),
    )


def finish(breaker: Breaker, succeeded: bool) -> None:
    generation = breaker.enter()
    breaker.leave(generation)
    breaker.record(generation, succeeded)


def opened(clock: HandClock) -> Breaker:
    breaker = build(clock)
    for _ in range(10):
        finish(breaker, False)
    assert breaker.state == "open"
    return breaker


@pytest.mark.spec("mineru-service/circuit-breaker/opens-on-failures")
def test_half_of_enough_requests_must_fail():
    changes: list = []
    breaker = build(HandClock(), changes)
    for _ in range(10):
        finish(breaker, True)
    for _ in range(9):
        finish(breaker, False)
    assert breaker.state == "closed"
    finish(breaker, False)
    assert changes == [("open", "10 of the last 20 requests failed")]


@pytest.mark.spec("mineru-service/circuit-breaker/opens-on-failures")
def test_a_sudden_end_is_noticed_however_good_the_past_was():
    breaker = build(HandClock())
    for _ in range(5000):
        finish(breaker, True)
    for _ in range(19):
        finish(breaker, False)
    finish(breaker, True)
    for _ in range(19):
        finish(breaker, False)
    assert breaker.state == "closed"
    finish(breaker, False)
    assert breaker.state == "open"


@pytest.mark.spec("mineru-service/circuit-breaker/stays-closed-on-few-or-old-failures")
def test_few_requests_prove_nothing():
    breaker = build(HandClock())
    for _ in range(9):
        finish(breaker, False)
    assert breaker.state == "closed"


@pytest.mark.spec("mineru-service/circuit-breaker/stays-closed-on-few-or-old-failures")
def test_old_failures_are_forgotten():
    clock = HandClock()
    breaker = build(clock)
    for _ in range(9):
        finish(breaker, False)
    clock.pass_(32)
    finish(breaker, False)
    assert breaker.state == "closed"


@pytest.mark.spec("mineru-service/circuit-breaker/backs-off-while-the-server-fails")
def test_each_failed_return_doubles_the_pause_up_to_a_cap():
    clock = HandClock()
    breaker = opened(clock)
    pauses = []
    for _ in range(7):
        pauses.append(breaker.due_in)
        clock.pass_(breaker.due_in)
        breaker.try_again()
        for _ in range(3):
            assert breaker.admits
            finish(breaker, False)
        assert breaker.state == "open"
    assert pauses == pytest.approx([15, 30, 60, 120, 240, 300, 300])


def test_a_good_time_makes_the_pause_short_again():
    clock = HandClock()
    breaker = opened(clock)
    clock.pass_(15)
    breaker.try_again()
    finish(breaker, True)
    clock.pass_(31)
    breaker.trip("again")
    assert breaker.due_in == pytest.approx(15)


@pytest.mark.spec("mineru-service/circuit-breaker/a-lost-server-is-probed-often")
def test_a_lost_server_is_looked_for_at_a_tenth_of_its_absence():
    clock = HandClock()
    breaker = build(clock)
    breaker.trip("refused", lost=True)
    looks, began = [], clock.now
    while clock.now - began < 1000:
        clock.pass_(breaker.due_in)
        looks.append(clock.now - began)
        breaker.still_open()
    gaps = [after - before for before, after in itertools.pairwise(looks)]
    assert all(gap <= max(0.51, 0.101 * at) for gap, at in zip(gaps, looks, strict=False))
    assert max(gaps) == pytest.approx(LONGEST_PROBE_WAIT)


def test_news_that_the_server_is_lost_shortens_a_long_pause():
    clock = HandClock()
    breaker = opened(clock)
    assert breaker.due_in == pytest.approx(15)
    breaker.trip("refused", lost=True)
    assert breaker.due_in == pytest.approx(0.5)


@pytest.mark.spec("mineru-service/circuit-breaker/probes-before-it-closes")
def test_half_open_lets_few_through_and_the_first_success_closes():
    clock = HandClock()
    breaker = opened(clock)
    breaker.try_again()
    generations = [breaker.enter() for _ in range(3)]
    assert not breaker.admits
    breaker.leave(generations[0])
    breaker.record(generations[0], True)
    assert breaker.state == "closed"
    for generation in generations[1:]:  # they were trials, and come too late to say anything
        breaker.leave(generation)
        breaker.record(generation, False)
    assert breaker.state == "closed"


class Life(RuleBasedStateMachine):
    """Any order of requests, outcomes, trips, looks and time."""

    flights = Bundle("flights")

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.changes: list = []
        self.breaker = build(self.clock, self.changes)
        self.trials: set[int] = set()
        self.sent = 0

    @rule(target=flights)
    def send(self):
        if not self.breaker.admits:
            return None
        self.sent += 1
        if self.breaker.state == "half-open":
            self.trials.add(self.sent)
        return self.breaker.enter(), len(self.changes), self.sent

    @rule(flight=consumes(flights), outcome=st.sampled_from([True, False, None]))
    def end(self, flight, outcome):
        if flight is None:
            return
        generation, sent_at, number = flight
        self.trials.discard(number)
        was = self.breaker.state
        self.breaker.leave(generation)
        if outcome is not None:
            self.breaker.record(generation, outcome)
        if sent_at != len(self.changes) and was == self.breaker.state:
            return
        if was == "half-open" and outcome and sent_at == len(self.changes) - 1:
            assert self.breaker.state == "closed"

    @rule(lost=st.booleans())
    def trip(self, lost):
        self.breaker.trip("told so", lost=lost)
        assert self.breaker.state == "open"

    @rule()
    def look(self):
        if self.breaker.state == "open" and self.breaker.due_in == 0:
            self.trials.clear()  # those in flight were sent to the server as it was before
            self.breaker.try_again()

    @rule()
    def look_in_vain(self):
        if self.breaker.state == "open":
            self.breaker.still_open()
            assert self.breaker.due_in > 0

    @rule(seconds=st.floats(0, 400))
    def wait(self, seconds):
        self.clock.pass_(seconds)

    @invariant()
    def only_drawn_arrows_are_taken(self):
        states = ["closed", *(state for state, _ in self.changes)]
        arrows = set(itertools.pairwise(states))
        assert arrows <= {
            ("closed", "open"), ("open", "half-open"), ("half-open", "closed"), ("half-open", "open"),
        }  # fmt: skip

    @invariant()
    def open_admits_nothing_and_always_ends(self):
        if self.breaker.state == "open":
            assert not self.breaker.admits
            assert self.breaker.due_in <= SETTINGS.open_cap * 1.2
        else:
            assert self.breaker.due_in == 0
        if self.breaker.state == "closed":
            assert self.breaker.admits

    @invariant()
    def trials_in_flight_are_bounded(self):
        if self.breaker.state == "half-open":
            assert len(self.trials) <= SETTINGS.half_open_calls


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40)
