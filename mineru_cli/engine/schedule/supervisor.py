"""Keeps workers alive: ends those that hang or grow too large, restarts dead ones, detects when none can run.

The coordinator reassigns what a worker held when it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from mineru_cli.domain.events import Event, Notice, WorkerStarted, WorkerStopped
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import Resize, RunAborted, WorkerReady
from mineru_cli.engine.pool import WorkerExit, WorkerPool
from mineru_cli.engine.schedule.worker_exit import ExitCause, Reason, classify
from mineru_cli.engine.schedule.worker_table import WorkerSlot, WorkerTable
from mineru_cli.errors import WorkersFailed
from mineru_cli.settings import Limits

TICK = 0.25
SILENT = 60.0
"""Seconds without a message after which a worker counts as hung: its loop reports twice per second."""
SUSPEND_THRESHOLD = 5.0
"""Seconds of a tick above which this process itself must have been stopped (Ctrl-Z, a frozen container)."""
MAX_DEATHS_WITHOUT_PROGRESS = 20
DEATHS_PER_WORKER = 2
"""Workers that may die in succession without a page done in between: 20, or with many workers two per worker,
because the loss of a node or a zone ends hundreds of them at once."""
EARLY_DEATHS = 3
MAX_EARLY_DEATHS = 100
"""Workers that may die before they are ready while none is ready: three per worker, at most 100 in all."""


class Supervisor:
    """The workers of one run, by target. All methods run on the event loop."""

    def __init__(
        self,
        pool: WorkerPool,
        tables: Sequence[WorkerTable],
        *,
        limits: Limits,
        budgets: Sequence[int],
        announce: Callable[[Event], None],
        clock: Callable[[], float],
    ) -> None:
        """``budgets`` are the requests of each target that its workers divide; 0 where there is no limit."""
        self._pool = pool
        self._tables = tables
        self._workers = [slot for table in tables for slot in table]
        self._limits = limits
        self._budgets = budgets
        self._announce = announce
        self._clock = clock
        self._deaths = [0 for _ in tables]
        self._early_deaths = [0 for _ in tables]
        self._shares_changed = False

    async def watch(self) -> None:
        """Check all workers every tick, for as long as the run lasts."""
        while True:
            before = self._clock()
            await anyio.sleep(TICK)
            now = self._clock()
            if self._shares_changed:  # once per tick: when a node goes, hundreds of workers do
                self._shares_changed = False
                self._share_requests()
            if now - before > SUSPEND_THRESHOLD:
                for slot in self._workers:
                    slot.extend_deadlines(now - before)
            else:
                self._check_all(now)

    def _check_all(self, now: float) -> None:
        """End workers that hang in native code or exceed their memory."""
        longest_page, most_memory = self._limits.page_timeout, self._limits.worker_memory
        longest_silence = max(SILENT, longest_page)
        memory = self._pool.memory
        for slot in self._workers:
            if slot.ended_by_us or not slot.ready:
                continue
            reading = slot.reading
            if reading and now - reading[2] > longest_page:
                self.end(slot, "page-timeout")
            elif reading and reading[0] in slot.given_up:
                self.end(slot, "retired")  # its other work starts over
            elif now - slot.last_message_at > longest_silence:
                self.end(slot, "silent")
            elif memory(slot.number) > most_memory:
                self.end(slot, "memory")

    def end(self, slot: WorkerSlot, reason: Reason) -> None:
        """Kill a worker. Its exit follows."""
        slot.ended_by_us = reason
        self._pool.kill(slot.number)

    def started(self, slot: WorkerSlot, message: WorkerReady) -> None:
        """A worker is ready."""
        slot.ready, slot.pid, slot.early_deaths = True, message.pid, 0
        self._early_deaths[slot.target] = 0
        self._announce(WorkerStarted(slot.number, message.pid, message.seconds, message.sandboxed))
        self._shares_changed = True

    def page_done(self, target: int) -> None:
        """A page was done: reset the count of deaths."""
        self._deaths[target] = 0

    def died(self, slot: WorkerSlot, exit_: WorkerExit) -> ExitCause:
        """Count and announce an exit. The slot still has what the worker held."""
        cause = classify(exit_, slot.ended_by_us)
        self._deaths[slot.target] += 1
        if not slot.ready:
            slot.early_deaths += 1
            self._early_deaths[slot.target] += 1
        self._announce(WorkerStopped(slot.number, slot.pid, cause.reason, exit_.signal))
        self._shares_changed = True
        return cause

    def abort_reason(self, target: int, exit_: WorkerExit) -> RunAborted | None:
        """Why the target cannot continue, if workers die at a rate that shows that none can run."""
        table = self._tables[target]
        allowed = max(MAX_DEATHS_WITHOUT_PROGRESS, DEATHS_PER_WORKER * len(table))
        early = min(EARLY_DEATHS * len(table), MAX_EARLY_DEATHS)
        none_starts = self._early_deaths[target] >= early and not any(slot.ready for slot in table)
        if self._deaths[target] < allowed and not none_starts:
            return None
        died = f"worker processes die repeatedly: {_reason_of(exit_)}"
        return RunAborted(Failure.of(WorkersFailed(died)))

    def restart(self, slot: WorkerSlot, exit_: WorkerExit) -> None:
        """Restart it, unless it never starts here while others do; a cluster may have other nodes."""
        others = any(one.ready for one in self._tables[slot.target])
        if slot.early_deaths >= EARLY_DEATHS and others and not self._pool.elastic:
            text = f"worker {slot.number} does not start and is left out: {_reason_of(exit_)}"
            self._announce(Notice("warning", text))
        else:
            self._pool.restart(slot.number)

    def _share_requests(self) -> None:
        """Divide a fixed number of requests among the present workers, where their number changes."""
        if not self._pool.elastic:
            return
        for budget, table in zip(self._budgets, self._tables, strict=False):
            ready = [slot for slot in table if slot.ready]
            for place, slot in enumerate(ready if budget else ()):
                share, rest = divmod(budget, len(ready))
                limit = max(1, share + (place < rest))
                if slot.limit != limit:
                    slot.limit = limit
                    self._pool.send(slot.number, Resize(limit))


def _reason_of(exit_: WorkerExit) -> str:
    words = exit_.stderr_tail.strip() or exit_.signal or f"exit status {exit_.status}"
    return words[-2000:]
