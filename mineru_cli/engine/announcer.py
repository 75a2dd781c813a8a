"""Hands every event to every observer, stamped with the time and without secrets. Observers are equals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from mineru_cli.domain.events import BreakerChanged, Event, Notice, Observer, RunFinished
from mineru_cli.masking import masked


class Announcer:
    """Callable with an event. ``wall`` gives Unix seconds."""

    def __init__(self, observers: Iterable[Observer], wall: Callable[[], float]) -> None:
        self._observers = tuple(observers)
        self._wall = wall

    def __call__(self, event: Event) -> None:
        """Tell all observers."""
        event, at = without_secrets(event), self._wall()
        for observer in self._observers:
            observer(event, at)


def without_secrets(event: Event) -> Event:
    """The event with its free text masked. Failures are masked where they are made, as errors."""
    if isinstance(event, Notice):
        return replace(event, text=masked(event.text))
    if isinstance(event, BreakerChanged):
        return replace(event, reason=masked(event.reason))
    if isinstance(event, RunFinished):
        return replace(event, message=masked(event.message), hint=masked(event.hint))
    return event
