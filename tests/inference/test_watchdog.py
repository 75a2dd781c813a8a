from __future__ import annotations

import pytest

from mineru_cli.inference.watchdog import Watchdog
from mineru_cli.settings import Watching
from tests.inference.hand_clock import HandClock


def build() -> tuple[HandClock, Watchdog]:
    clock = HandClock()
    return clock, Watchdog(Watching(), clock=clock)


def test_silence_is_suspicious_and_a_look_calms_for_a_while():
    clock, dog = build()
    assert not dog.suspicious
    clock.pass_(2)
    assert dog.suspicious
    dog.answered()
    assert not dog.suspicious
    clock.pass_(2)
    assert dog.suspicious
    dog.progressed()
    assert not dog.suspicious


def test_one_missed_check_gives_no_verdict():
    _, dog = build()
    assert not dog.missed()
    dog.answered()
    assert not dog.missed()
    dog.progressed()
    assert not dog.missed()
    assert dog.missed()


def watch(clock: HandClock, dog: Watchdog, seconds: int, *sample: float | None) -> list[str]:
    verdicts = []
    for _ in range(seconds):
        verdicts.append(dog.observed(*sample))
        clock.pass_(1)
    return verdicts


@pytest.mark.spec("mineru-service/stall-detection/a-stalled-engine-is-found-behind-a-healthy-endpoint")
def test_a_count_that_stands_still_while_requests_run_is_a_hang():
    clock, dog = build()
    verdicts = watch(clock, dog, 62, 500.0, 8.0, 0.0)
    assert verdicts[:60] == ["well"] * 60
    assert verdicts[60:] == ["stuck"] * 2


@pytest.mark.spec("mineru-service/stall-detection/long-answers-are-not-a-stall")
def test_a_moving_count_is_well_however_long_the_answers_are():
    clock, dog = build()
    verdicts = [watch(clock, dog, 1, float(step), 8.0, 0.0)[0] for step in range(300)]
    assert set(verdicts) == {"well"}


def test_an_idle_server_that_we_wait_for_has_forgotten_us():
    clock, dog = build()
    verdicts = watch(clock, dog, 12, 500.0, 0.0, 0.0)
    assert verdicts == ["well"] * 10 + ["forgetful"] * 2


def test_answers_are_life_whatever_the_metrics_say():
    clock, dog = build()
    verdicts = []
    for _ in range(100):
        verdicts += watch(clock, dog, 1, 500.0, 8.0, 0.0)
        dog.progressed()
    assert set(verdicts) == {"well"}


def test_no_metrics_no_verdict():
    clock, dog = build()
    assert set(watch(clock, dog, 100, None, None, None)) == {"well"}
    assert set(watch(clock, dog, 5, 1.0, 1.0, 0.0)) == {"well"}
