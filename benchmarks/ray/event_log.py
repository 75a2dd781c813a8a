"""What the event streams of a run's drivers say about stalls, and about pages that were in flight."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class EventFile:
    """The JSON lines that a driver is writing, read as they come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self.events: list[Event] = []
        self.pages = 0

    def update(self) -> None:
        """Read what was added. A line that is not complete yet is left for the next time."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            added = file.read()
        end = added.rfind(b"\n") + 1
        self._read += end
        events = [json.loads(line) for line in added[:end].splitlines()]
        self.pages += sum(event["event"] == "page-finished" for event in events)
        self.events += events

    def of(self, kind: str) -> list[Event]:
        """The events of one kind, in order."""
        return [event for event in self.events if event["event"] == kind]


def longest_stall(events: Iterable[Event], *, after: float = 0.0, before: float = float("inf")) -> float:
    """The longest time, in seconds, between two finished pages of a driver.

    Only stalls that overlap the time from ``after`` to ``before`` (Unix seconds) count.
    """
    ends = [event["at"] for event in events if event["event"] in ("page-finished", "page-failed")]
    stalls = [(end - begin) for begin, end in pairwise(ends) if end > after and begin < before]
    return max(stalls, default=0.0)


@dataclass
class _Open:
    worker: int | None
    left: int


@dataclass
class InFlight:
    """Pages that workers held when they ended, counted from a driver's events.

    A document that is handed out again is not announced again. Its pages count for every worker that ends
    from then on, until they are finished: the result is an upper bound.
    """

    by_end: list[tuple[float, int, int]] = field(default_factory=list)
    """(Unix seconds, worker, pages) of each worker that ended before its time."""
    open: dict[str, _Open] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """Pages of opened documents that are not finished at the end of the events."""
        return sum(document.left for document in self.open.values())

    def total(self) -> int:
        """Pages held by all workers that ended."""
        return sum(pages for _, _, pages in self.by_end)


def in_flight(events: Sequence[Event]) -> InFlight:
    """Count the pages that were in flight at each worker that ended, and at the end of the events."""
    found = InFlight()
    for event in events:
        kind = event["event"]
        if kind == "document-started":
            found.open[event["document"]] = _Open(event["worker"], event["pages"] - event["done"])
        elif kind in ("page-finished", "page-failed") and event["document"] in found.open:
            found.open[event["document"]].left -= 1
        elif kind == "document-finished":
            found.open.pop(event["document"], None)
        elif kind == "worker-stopped" and event["reason"] != "finished":
            held = [one for one in found.open.values() if one.worker in (event["worker"], None)]
            found.by_end.append((event["at"], event["worker"], sum(one.left for one in held)))
            for one in held:
                one.worker = None
    return found
