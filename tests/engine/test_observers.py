from __future__ import annotations

import re
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from mineru_cli.domain.events import Event, Notice
from mineru_cli.engine import observers as module
from mineru_cli.engine.observers import Announcer, load_observers, new_run_id, opened
from mineru_cli.settings import Settings

SETTINGS = Settings(inputs=("in",), output=Path("out"))


class Seen(list[tuple[Event, float]]):
    def __call__(self, event: Event, at: float) -> None:
        self.append((event, at))


@pytest.mark.spec("mineru-service/tracing/events-carry-run-and-time")
def test_every_event_carries_the_run_and_the_time():
    seen = Seen()
    Announcer([seen], lambda: 12.5, "the-run")(Notice("info", "hello"))
    assert seen == [(Notice("info", "hello", run="the-run"), 12.5)]


def test_an_observer_that_raises_is_switched_off_with_one_warning_and_the_others_go_on():
    calls = []

    def broken(event: Event, at: float) -> None:
        calls.append(event)
        raise ZeroDivisionError("by zero")

    first, last = Seen(), Seen()
    announce = Announcer([first, broken, last], lambda: 0.0)
    for number in range(3):
        announce(Notice("info", str(number)))
    assert len(calls) == 1
    assert first == last
    texts = [event.text for event, _ in first]
    assert texts[0] == "0"
    assert "broken failed and is switched off: ZeroDivisionError: by zero" in texts[1]
    assert texts[2:] == ["1", "2"]


def test_what_the_ledger_refuses_ends_the_run():
    def ledger(event: Event, at: float) -> None:
        raise OSError("disk full")

    announce = Announcer([], lambda: 0.0)
    announce.record = ledger
    with pytest.raises(OSError, match="disk full"):
        announce(Notice("info", ""))


def test_run_ids_differ_and_sort_by_time():
    ids = [new_run_id(lambda at=at: at) for at in (0.0, 1.0, 1.0, 1e9)]
    assert len(set(ids)) == 4
    assert ids[0] < min(ids[1:3]) < ids[3]
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", ids[0])


OPENED = []


def counting(settings: Settings) -> Seen:
    return Seen()


def unwanted(settings: Settings) -> None:
    return None


def failing(settings: Settings) -> None:
    raise RuntimeError(f"no exporter for {settings.output}")


def held(settings: Settings):
    @contextmanager
    def opened():
        OPENED.append("in")
        yield Seen()
        OPENED.append("out")

    return opened()


def test_observers_of_other_packages_are_opened_and_closed_and_never_keep_a_run_from_starting(monkeypatch):
    points = [
        EntryPoint(name, f"{__name__}:{name}", module.GROUP)
        for name in ("counting", "unwanted", "failing", "held")
    ]
    points.append(EntryPoint("gone", "no_such_package:observer", module.GROUP))
    monkeypatch.setattr(module, "entry_points", lambda group: points if group == module.GROUP else [])
    loaded, warnings = load_observers(SETTINGS)
    assert [warning.level for warning in warnings] == ["warning"] * 2
    with opened(loaded) as (found, unopened):
        assert OPENED == ["in"]
        assert [type(one) for one in found] == [Seen, Seen]
        assert unopened == []
        assert "'failing' is left out: RuntimeError: no exporter for out" in warnings[0].text
        assert "no_such_package" in warnings[1].text
    assert OPENED == ["in", "out"]
