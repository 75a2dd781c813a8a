"""Workers as Ray actors: the driver polls for their messages, and treats silence as their end.

Ray neither restarts an actor nor repeats a call: the coordinator reassigns what an actor held, so that a dead
node costs what was in flight there and no time-outs. An actor that cannot be placed yet waits for a node,
which an autoscaler acts on.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import anyio
import anyio.abc
import anyio.to_thread

from mineru_cli import __version__
from mineru_cli.domain.codec import decode, encode
from mineru_cli.engine.messages import MESSAGES
from mineru_cli.engine.pool import JobOf, Receive, WorkerExit
from mineru_cli.engine.ray.host import HEARTBEAT, WorkerHost
from mineru_cli.errors import VersionMismatch

SILENCE = 4 * HEARTBEAT
"""Seconds without a heartbeat after which an actor is considered lost."""
AGAIN_AFTER = 1.0
"""Seconds before an actor that ended at once is requested again."""


class RayPool:
    """Implements ``WorkerPool`` with one actor per worker."""

    elastic = True

    def __init__(self, ray: Any, job_of: JobOf, tasks: anyio.abc.TaskGroup, receive: Receive) -> None:
        self._ray = ray
        self._job_of = job_of
        self._tasks = tasks
        self._receive = receive
        self._actors: dict[int, Any] = {}
        self._rss: dict[int, int] = {}
        self._actor = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(WorkerHost)

    async def start(self, worker: int) -> None:
        """See ``WorkerPool``. Waits until the cluster can place it."""
        try:
            actor = self._actors.get(worker) or self._actor.remote()
            self._actors[worker] = actor
            facts = await actor.facts.remote()
            if facts.version != __version__:
                raise VersionMismatch(
                    f"{facts.host} has mineru-batch {facts.version}, and this machine has {__version__}",
                    hint="install the same version on all machines of the cluster",
                )
            await actor.start.remote(encode(self._job_of(worker)))
        except self._ray.exceptions.RayError as error:
            await anyio.sleep(AGAIN_AFTER)
            self._lost(worker, _missing_package(error) or str(error))
            return
        self._tasks.start_soon(self._attend, worker, actor)

    def restart(self, worker: int) -> None:
        """See ``WorkerPool``."""
        self._tasks.start_soon(self.start, worker)

    def send(self, worker: int, command: Any) -> None:
        """See ``WorkerPool``."""
        if actor := self._actors.get(worker):
            actor.send.remote(encode(command))

    def kill(self, worker: int) -> None:
        """See ``WorkerPool``."""
        if actor := self._actors.get(worker):
            actor.kill.remote()

    def memory(self, worker: int) -> int:
        """See ``WorkerPool``: as of the last heartbeat."""
        return self._rss.get(worker, 0)

    async def close(self) -> None:
        """See ``WorkerPool``. Workers end with their actors."""
        with anyio.CancelScope(shield=True):
            for worker in list(self._actors):
                await anyio.to_thread.run_sync(self._drop, worker)

    async def _attend(self, worker: int, actor: Any) -> None:
        try:
            while True:
                with anyio.fail_after(SILENCE):
                    report = await actor.receive.remote()
                self._rss[worker] = report.rss
                for line in report.lines:
                    self._receive(worker, decode(line, MESSAGES))
                if report.exit is not None:
                    break
        except TimeoutError:
            reason = f"its node gave no sign for {SILENCE:.0f} s"
        except (self._ray.exceptions.RayError, ValueError) as error:
            reason = str(error)
        else:
            self._receive(worker, WorkerExit(*report.exit))
            return
        await anyio.to_thread.run_sync(self._drop, worker)
        self._lost(worker, reason)

    def _drop(self, worker: int) -> None:
        actor = self._actors.pop(worker, None)
        self._rss.pop(worker, None)
        if actor is not None:
            with suppress(Exception):  # it ended, or the cluster did
                self._ray.kill(actor)

    def _lost(self, worker: int, reason: str) -> None:
        """The worker ended with its actor, which counts like a kill from outside."""
        self._actors.pop(worker, None)
        self._receive(worker, WorkerExit("SIGKILL", -9, f"the actor is lost: {reason}"))


def _missing_package(error: Exception) -> str:
    text = str(error)
    if "No module named" in text:
        return (
            "the nodes of the cluster lack mineru-batch: install the version of this machine on all of them"
        )
    return ""
