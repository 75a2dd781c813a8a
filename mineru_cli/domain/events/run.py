"""Events of a run as a whole: start, discovery, notices, stop and end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from typing import Literal, TypeVar

SCHEMA = "mineru-batch/events/1"
"""The version of the event stream. Removing or redefining fields changes it; adding some does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """Base class of all events. ``run`` is "" until the event is announced."""

    run: str = ""


E = TypeVar("E", bound=RunEvent)


def stamped(event: E, run: str) -> E:
    """A copy of the event with the id of its run: ``dataclasses.replace`` in half the time."""
    kind: type = type(event)
    make: Callable[..., E] = kind
    return make(*_positional(kind)(event), run=run)


@lru_cache(maxsize=64)
def _positional(kind: type) -> Callable[[object], tuple[object, ...]]:
    """A function from an event to the values of all its fields but ``run``, in their order."""
    names = [one.name for one in fields(kind) if one.name != "run"]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda event: tuple(getattr(event, name) for name in names)


@dataclass(frozen=True, slots=True)
class RunStarted(RunEvent):
    """The servers were probed, and the conversion begins."""

    output: str
    servers: tuple[str, ...]
    model: str
    recipe: str
    text: str
    workers: int
    concurrency: int
    adaptive: bool
    resumed: bool
    embedded: bool = False
    schema: str = SCHEMA


@dataclass(frozen=True, slots=True)
class Notice(RunEvent):
    """A message that a user should read once."""

    level: Literal["info", "warning", "error"]
    text: str


@dataclass(frozen=True, slots=True)
class ServerAwaited(RunEvent):
    """No server has answered yet; sent at the first failed probe and every ten seconds after it.

    ``why`` is the latest reason, ``waited`` the seconds so far, ``limit`` the seconds after which the run
    gives up. The wait ends with ``RunStarted`` or ``RunFinished``.
    """

    servers: tuple[str, ...]
    why: str
    waited: float
    limit: float


@dataclass(frozen=True, slots=True)
class DiscoveryProgress(RunEvent):
    """Totals of discovery so far; ``finished`` means that they are final.

    ``unsupported`` counts files in folders that are not documents, by lower-case suffix, once the totals are
    final.
    """

    documents: int
    bytes: int
    finished: bool
    unsupported: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FinalTotals:
    """Totals of a whole run, as in ``run.json``. ``retried`` is the number of retries in ``requests``.

    ``earlier_partial`` and ``earlier_failed`` are those in ``partial`` and ``failed`` from earlier runs.
    ``pages_kept`` is the number of reused pages, ``pages_skipped`` that of skipped documents.

    Rates exclude the ``waited`` seconds without an available server.
    """

    documents: int
    done: int
    partial: int
    failed: int
    skipped: int
    pages: int
    pages_done: int
    pages_failed: int
    requests: int
    retried: int
    waited: float = 0.0
    pages_per_second: float | None = None
    pdfs_per_hour: float | None = None
    pages_incomplete: int = 0
    pages_kept: int = 0
    pages_skipped: int = 0
    earlier_partial: int = 0
    earlier_failed: int = 0


@dataclass(frozen=True, slots=True)
class Stopping(RunEvent):
    """A stop was requested: pages in flight get up to ``grace`` seconds."""

    grace: float


EndReason = Literal["", "failures", "rollout-reverted", "record-incomplete"]
"""See ``RunFinished``."""


@dataclass(frozen=True, slots=True)
class RunFinished(RunEvent):
    """The run ended. ``outcome`` is "finished", "interrupted", "given-up" or "failed".

    ``reason`` is why the exit code of a finished run is not 0: more documents failed than allowed, its
    rollout was reverted (and nothing else was wrong), or a part of its record could not be written.
    """

    outcome: str
    exit_code: int
    seconds: float
    message: str = ""
    hint: str = ""
    totals: FinalTotals | None = None
    reason: EndReason = ""
