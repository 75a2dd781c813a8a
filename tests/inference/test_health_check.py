from __future__ import annotations

import pytest

from mineru_cli.inference.health_check import LONGEST, AdaptiveTimeout


def test_a_quick_server_is_given_the_shortest_time():
    timeout = AdaptiveTimeout(2.0)
    for _ in range(5):
        timeout.answered(0.01)
    assert timeout.seconds == 2.0


def test_a_slow_answer_earns_three_times_as_long():
    timeout = AdaptiveTimeout(2.0)
    timeout.answered(5.0)
    assert timeout.seconds == 15.0


def test_it_is_forgotten_step_by_step_when_answers_are_quick_again():
    timeout = AdaptiveTimeout(2.0)
    timeout.answered(5.0)
    given = []
    while timeout.seconds > 2.0:
        timeout.answered(0.01)
        given.append(timeout.seconds)
    assert given[0] == pytest.approx(12.0)
    assert given == sorted(given, reverse=True)
    assert len(given) == 10


def test_silence_doubles_it_up_to_a_bound():
    timeout = AdaptiveTimeout(2.0)
    given = []
    for _ in range(6):
        timeout.unanswered()
        given.append(timeout.seconds)
    assert given == [4.0, 8.0, 16.0, LONGEST, LONGEST, LONGEST]
    timeout.answered(100.0)
    assert timeout.seconds == LONGEST


def test_a_probe_that_is_given_more_than_the_bound_by_the_settings_keeps_it():
    timeout = AdaptiveTimeout(60.0)
    timeout.unanswered()
    timeout.answered(1.0)
    assert timeout.seconds == 60.0
