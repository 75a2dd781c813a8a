from __future__ import annotations

import pytest

from mineru_cli.inference.health_check import LONGEST, Patience


def test_a_quick_server_is_given_the_shortest_time():
    patience = Patience(2.0)
    for _ in range(5):
        patience.answered(0.01)
    assert patience.seconds == 2.0


def test_a_slow_answer_earns_three_times_as_long():
    patience = Patience(2.0)
    patience.answered(5.0)
    assert patience.seconds == 15.0


def test_it_is_forgotten_step_by_step_when_answers_are_quick_again():
    patience = Patience(2.0)
    patience.answered(5.0)
    given = []
    while patience.seconds > 2.0:
        patience.answered(0.01)
        given.append(patience.seconds)
    assert given[0] == pytest.approx(12.0)
    assert given == sorted(given, reverse=True)
    assert len(given) == 10


def test_silence_doubles_it_up_to_a_bound():
    patience = Patience(2.0)
    given = []
    for _ in range(6):
        patience.unanswered()
        given.append(patience.seconds)
    assert given == [4.0, 8.0, 16.0, LONGEST, LONGEST, LONGEST]
    patience.answered(100.0)
    assert patience.seconds == LONGEST


def test_a_probe_that_is_given_more_than_the_bound_by_the_settings_keeps_it():
    patience = Patience(60.0)
    patience.unanswered()
    patience.answered(1.0)
    assert patience.seconds == 60.0
