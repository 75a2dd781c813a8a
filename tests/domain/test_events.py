"""Events carry the id of their run once they are announced."""

from __future__ import annotations

import typing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mineru_cli.domain.events import Event, stamped


@pytest.mark.parametrize("cls", typing.get_args(Event), ids=lambda cls: cls.__name__)
def test_a_stamped_event_differs_in_its_run_alone(cls):
    @settings(max_examples=10)  # of each of many classes
    @given(st.builds(cls))
    def stamp(event):
        run = event.run
        stamp = stamped(event, "20261128T154502Z-3f9c1a")
        assert repr(stamp) == repr(replace(event, run="20261128T154502Z-3f9c1a"))
        assert event.run == run

    stamp()
