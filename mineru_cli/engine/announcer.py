"""Hands every event to every observer, stamped with the time. Observers are equals."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mineru_cli.domain.events import Event, Observer


class Announcer:
    """Callable with an event. ``wall`` gives Unix seconds."""

    def __init__(self, observers: Iterable[Observer], wall: Callable[[], float]) -> None:
        self._observers = tuple(observers)
        self._wall = wall

    def __call__(self, event: Event) -> None:
        """Tell all observers."""
        at = self._wall()
        for observer in self._observers:
            observer(event, at)
