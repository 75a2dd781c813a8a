"""The bottleneck of a run, from its queues: the server, this machine, or a server that is away."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "starting",
    "paused",
    "stopping",
    "waiting for the server",
    "server away",
    "server-bound",
    "client-bound",
    "finishing",
    "balanced",
]

FULL = 0.9
FREE = 0.7
"""Shares of the limit that count as "all slots used" and as "slots are free"."""

EMBEDDED = "The CPU engine uses every core here: --server-url names a vLLM server for more speed."


@dataclass(frozen=True, slots=True)
class LoadSample:
    """Sum over all workers at one moment, or an average of such sums."""

    in_flight: float = 0
    limit: float = 0
    queued: float = 0
    prepared: float = 0


@dataclass(frozen=True, slots=True)
class Absent:
    """No server has answered yet: ``why``, and the seconds ``left`` until the run gives up."""

    why: str
    left: float


@dataclass(frozen=True, slots=True)
class Situation:
    """Input of the verdict. ``queue`` is the servers' own, None if they do not report it.

    ``servers`` is 0 before any is found. ``away`` names the servers with open breakers and the reasons.
    """

    load: LoadSample
    workers: int
    paused: bool = False
    absent: Absent | None = None
    servers: int = 1
    servers_open: int = 0
    away: tuple[str, ...] = ()
    grace_left: float | None = None
    queue: float | None = None
    unopened: int = 0
    discovering: bool = False
    adaptive: bool = False
    embedded: bool = False


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """``kind`` in two words, ``why`` with figures, ``advice`` in one sentence (empty: nothing to do)."""

    kind: Kind
    why: str
    advice: str = ""


class LoadWindow:
    """Moving average of the load, so that the verdict does not flicker."""

    def __init__(self, span: float = 10.0, every: float = 0.5) -> None:
        self.span = span
        self.every = every
        self._samples: deque[tuple[float, LoadSample]] = deque(maxlen=int(span / every) + 1)

    def add(self, at: float, load: LoadSample) -> None:
        """Add a sample; samples within ``every`` seconds replace each other."""
        if self._samples and at - self._samples[-1][0] < self.every:
            self._samples[-1] = (self._samples[-1][0], load)
        else:
            self._samples.append((at, load))

    def mean(self) -> LoadSample:
        """The average over the window."""
        if not self._samples:
            return LoadSample()
        newest = self._samples[-1][0]
        loads = [load for at, load in self._samples if at > newest - self.span]
        count = len(loads)
        return LoadSample(
            sum(load.in_flight for load in loads) / count,
            sum(load.limit for load in loads) / count,
            sum(load.queued for load in loads) / count,
            sum(load.prepared for load in loads) / count,
        )


def judge(situation: Situation) -> Bottleneck:
    """The verdict: the first matching reason, with those that stop a run before those that slow it."""
    return _stopped(situation) or _slowed(situation)


def _stopped(situation: Situation) -> Bottleneck | None:
    """Verdicts that take precedence over speed: the run is stopped or paused, or a server is away."""
    if situation.grace_left is not None:
        why = f"Pages in flight finish within {situation.grace_left:.0f} s (--grace)."
        return Bottleneck("stopping", why, "Ctrl-C once more stops at once.")
    if situation.paused:
        return Bottleneck("paused", "No new pages are sent; those in flight finish.", "Press p to go on.")
    if situation.absent is not None:
        return Bottleneck(
            "waiting for the server",
            f"{situation.absent.why}; giving up in {situation.absent.left:.0f} s (--server-wait).",
            "Is the address right, and is the server up?",
        )
    if situation.servers_open and situation.servers_open >= situation.servers:
        return Bottleneck(
            "waiting for the server",
            "No server answers; work resumes automatically.",
            "Look at the server's log, or start it again: mineru-batch server up.",
        )
    if situation.away:
        why = f"{len(situation.away)} of {situation.servers} servers away: {', '.join(situation.away)}."
        return Bottleneck("server away", why, "The others take its work. Look at its log, or start it again.")
    return None


def _slowed(situation: Situation) -> Bottleneck:
    load = situation.load
    if not situation.servers:
        return Bottleneck("starting", "A server is looked for, or started.")
    if not situation.workers or not load.limit:
        return Bottleneck("starting", "Workers start and open the first documents.")
    if situation.queue is not None and situation.queue >= 1:
        why = f"The server is busy and keeps {situation.queue:.0f} requests waiting."
        return Bottleneck("server-bound", why, _faster(situation, "Add a server or a GPU for more speed."))
    if load.in_flight >= FULL * load.limit and load.queued + load.prepared >= 1:
        return _server_bound(situation)
    if load.in_flight < FREE * load.limit and load.queued + load.prepared < 1:
        return _client_bound(situation)
    return Bottleneck("balanced", "Pages are prepared about as fast as the server reads them.")


def _server_bound(situation: Situation) -> Bottleneck:
    load = situation.load
    why = f"All {load.limit:.0f} slots are in use and {load.queued + load.prepared:.0f} more wait."
    advice = "Try --concurrency auto or a higher number, or add a server."
    if situation.adaptive:
        advice = "The limit adapts automatically; add a server for more speed."
    return Bottleneck("server-bound", why, _faster(situation, advice))


def _faster(situation: Situation, advice: str) -> str:
    """Advice for a faster server: the embedded engine already uses all cores of this machine."""
    return EMBEDDED if situation.embedded else advice


def _client_bound(situation: Situation) -> Bottleneck:
    load = situation.load
    free = f"{max(0.0, load.limit - load.in_flight):.0f} of {load.limit:.0f} slots were free on average"
    if situation.unopened == 0 and not situation.discovering:
        return Bottleneck("finishing", f"{free}: the last pages are under way.")
    if situation.unopened == 0:
        return Bottleneck("client-bound", f"{free} while INPUT is still being searched.")
    return Bottleneck(
        "client-bound",
        f"{free} and no page is prepared.",
        "The server could do more: raise --workers while this machine has idle cores.",
    )
