"""Hands the work that waits to the workers with room for it."""

from __future__ import annotations

from collections.abc import Sequence

from mineru_cli.domain.document import Unit
from mineru_cli.engine.messages import Assign
from mineru_cli.engine.pool import WorkerPool
from mineru_cli.engine.schedule.backlog import Backlog
from mineru_cli.engine.schedule.worker_table import WorkerSlot, WorkerTable


class Dispatcher:
    """Takes work from the backlog's lines and sends it to the least loaded worker of their target."""

    def __init__(self, pool: WorkerPool, backlog: Backlog, tables: Sequence[WorkerTable]) -> None:
        self._pool = pool
        self._backlog = backlog
        self._tables = tables

    def dispatch(self) -> None:
        """Send as much as there is room for: documents to write first, so that they finish early."""
        for target, table in enumerate(self._tables):
            line = self._backlog.lines[target]  # a new one when the target was given up
            while line.assemblies and (slot := table.writer()):
                job = line.assemblies.popleft()
                slot.jobs[job.job] = job
                table.changed(slot)
                self._pool.send(slot.number, job)
            while line.alone and (idle := table.idle_slot()):
                self._assign(table, idle, line.alone.popleft(), alone=True)
            while line.ready and (slot := table.reader(suspects=len(line.alone))):
                unit = self._backlog.next_unit(target)
                if unit is None:
                    break
                self._assign(table, slot, unit, alone=False)

    def _assign(self, table: WorkerTable, slot: WorkerSlot, unit: Unit, *, alone: bool) -> None:
        slot.hold(unit, alone=alone)
        table.changed(slot)
        self._pool.send(slot.number, Assign(unit))
