"""The state of a run, folded from its events: what live view, log, summary and report all show.

Pure: ``apply(event, at)`` folds one event, ``snapshot(at)`` gives a frozen picture. Memory is bounded by the
number of workers, servers, GPUs and documents in work, never by the number of documents or pages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mineru_cli.domain import events
from mineru_cli.observe.bottleneck import Absent, Situation, judge
from mineru_cli.observe.document_counter import DocumentCounter
from mineru_cli.observe.gauges import ServerState
from mineru_cli.observe.machine_state import MachineState
from mineru_cli.observe.snapshot import DocumentProgress, RolloutState, Snapshot, Speed
from mineru_cli.observe.throughput import time_left
from mineru_cli.observe.waiting import WaitingTime

NOTICES_KEPT = 50


class RunProgress:
    """Folds events into the state of a run.

    ``paused`` may be set by the caller that pauses the run. Events of unknown kinds change nothing.
    """

    def __init__(self) -> None:
        self.run: events.RunStarted | None = None
        self.end: events.RunFinished | None = None
        self.started: float | None = None
        self.ended: float | None = None
        self.paused = False
        self._counter = DocumentCounter()
        self._machines = MachineState()
        self._waiting = WaitingTime()
        self._scored: events.DocumentScored | None = None
        self._rollout: RolloutState | None = None
        self._stop: tuple[float, float] | None = None
        self._awaited: tuple[events.ServerAwaited, float] | None = None
        self._notices: deque[tuple[float, events.Notice]] = deque(maxlen=NOTICES_KEPT)
        self._folds: dict[type, list[Callable[[Any, float], None]]] = {}
        for folds in (self._own_folds, self._counter.folds, self._machines.folds):
            for kind, fold in folds.items():
                self._folds.setdefault(kind, []).append(fold)

    @property
    def kinds(self) -> frozenset[type]:
        """The kinds of events that change something."""
        return frozenset(self._folds)

    def apply(self, event: events.Event, at: float) -> None:
        """Fold one event that happened at ``at`` (seconds)."""
        if self.started is None:
            self.started = at
        self._waiting(event, at)
        for fold in self._folds.get(type(event), ()):
            fold(event, at)

    @property
    def found_all(self) -> bool:
        """Whether discovery is finished."""
        return self._counter.found_all

    @property
    def _own_folds(self) -> Mapping[type, Callable[[Any, float], None]]:
        return {
            events.RunStarted: self._run_started,
            events.Notice: self._notice,
            events.ServerAwaited: self._server_awaited,
            events.DocumentScored: self._document_scored,
            events.RolloutChanged: self._rollout_changed,
            events.RolloutScored: self._rollout_scored,
            events.RolloutJudged: self._rollout_judged,
            events.RolloutReverted: self._rollout_reverted,
            events.Stopping: self._stopping,
            events.RunFinished: self._run_finished,
        }

    def _run_started(self, event: events.RunStarted, at: float) -> None:
        self.run = event
        self._awaited = None
        self._counter.page_rate.start(at)
        self._counter.document_rate.start(at)

    def _notice(self, event: events.Notice, at: float) -> None:
        self._notices.append((at, event))

    def _server_awaited(self, event: events.ServerAwaited, at: float) -> None:
        self._awaited = event, at

    def _document_scored(self, event: events.DocumentScored, at: float) -> None:
        self._scored = event

    def _rollout_changed(self, event: events.RolloutChanged, at: float) -> None:
        self._rollout = replace(self._rollout or RolloutState(0.0), percent=event.percent)

    def _rollout_scored(self, event: events.RolloutScored, at: float) -> None:
        self._rollout = replace(self._rollout or RolloutState(0.0), scored=event)

    def _rollout_judged(self, event: events.RolloutJudged, at: float) -> None:
        state = self._rollout or RolloutState(0.0)
        others = tuple(one for one in state.verdicts if one.guard != event.guard)
        self._rollout = replace(state, verdicts=(*others, event))

    def _rollout_reverted(self, event: events.RolloutReverted, at: float) -> None:
        self._rollout = replace(self._rollout or RolloutState(0.0), percent=0.0, reverted=event)

    def _stopping(self, event: events.Stopping, at: float) -> None:
        self._stop = at, event.grace

    def _grace_left(self, at: float) -> float | None:
        return max(0.0, self._stop[1] - (at - self._stop[0])) if self._stop else None

    def _run_finished(self, event: events.RunFinished, at: float) -> None:
        self.end = event
        self.ended = at

    # The picture

    def snapshot(self, at: float) -> Snapshot:
        """The state of the run at ``at``, or at its end if that was earlier."""
        at = at if self.ended is None else min(at, self.ended)
        totals = self.end.totals if self.end else None
        documents, pages, speed = self._counter.documents(), self._counter.pages(totals), self._speed(at)
        machines, servers = self._machines, self._machines.servers()
        grace_left = self._grace_left(at)
        eta = None
        if pages.expected and grace_left is None and not (self._waiting.waiting or self.paused):
            remaining = pages.expected - pages.finished
            eta = time_left(remaining, speed.pages_per_second, speed.pages_per_second_average)
        return Snapshot(
            at=at,
            seconds=max(0.0, at - self.started) if self.started is not None else 0.0,
            run=self.run,
            end=self.end,
            paused=self.paused,
            documents=documents,
            pages=pages,
            speed=speed,
            waited=self._waiting.seconds(at),
            grace_left=grace_left,
            eta=eta,
            eta_at_least=not documents.final,
            load=machines.load,
            retried=machines.retries.total(),
            retries_by_code=dict(machines.retries),
            workers=machines.workers(),
            worker_stops=dict(machines.stops),
            servers=servers,
            gpus=machines.gpus(),
            **self._counter.counts,
            notices=tuple(self._notices),
            history=self._history(at),
            verdict=judge(self._situation(documents, servers, at)),
            scored=self._scored,
            rollout=self._rollout,
        )

    def _speed(self, at: float) -> Speed:
        since, idle = self._waiting.resumed, self._waiting.seconds(at)
        page_rate, document_rate = self._counter.page_rate, self._counter.document_rate
        pages, documents = page_rate.average(at, idle), document_rate.average(at, idle) * 3600
        totals = self.end.totals if self.end else None
        if totals and totals.pages_per_second is not None and totals.pdfs_per_hour is not None:
            pages, documents = totals.pages_per_second, totals.pdfs_per_hour
        return Speed(page_rate.now(at, since), pages, document_rate.now(at, since) * 3600, documents)

    def _history(self, at: float) -> tuple[float, ...]:
        """Finer at the beginning, so that there is something to see."""
        seconds = at - self.started if self.started is not None else 0.0
        return self._counter.page_rate.history(at, 120, step=1 if seconds < 60 else 2 if seconds < 240 else 5)

    def _situation(
        self, documents: DocumentProgress, servers: tuple[ServerState, ...], at: float
    ) -> Situation:
        queues = [server.queue for server in servers if server.queue is not None and server.breaker != "open"]
        away = [server for server in servers if server.breaker == "open"]
        return Situation(
            load=self._machines.recent_load.mean(),
            workers=self._machines.count,
            paused=self.paused,
            absent=self._absent(at),
            servers=len(servers) or len(self.run.servers if self.run else ()),
            servers_open=len(away),
            away=tuple(f"{one.server} ({one.reason})" if one.reason else one.server for one in away),
            grace_left=self._grace_left(at),
            queue=sum(queues) if queues else None,
            unopened=documents.unopened,
            discovering=not documents.final,
            adaptive=self.run.adaptive if self.run else False,
            embedded=self.run.embedded if self.run else False,
        )

    def _absent(self, at: float) -> Absent | None:
        """The server that never answered, with the seconds that are left for it now."""
        if self._awaited is None:
            return None
        event, since = self._awaited
        return Absent(event.why, max(0.0, event.limit - event.waited - max(0.0, at - since)))
