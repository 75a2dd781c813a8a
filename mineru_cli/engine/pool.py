"""The ports for running workers: ``Engine`` for a run, ``WorkerPool`` for its coordinator."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import anyio.abc

    from mineru_cli.engine.messages import WorkerJob


@dataclass(frozen=True, slots=True)
class WorkerExit:
    """A worker ended. ``signal`` names what killed it ("SIGSEGV"), "" when it exited."""

    signal: str
    status: int
    stderr_tail: str = ""


Receive = Callable[[int, Any], None]
"""Called on the event loop with a worker's number and its message, or its ``WorkerExit`` as the last one."""


JobOf = Callable[[int], "WorkerJob"]
"""Returns the job of the worker with this number."""


class WorkerPool(Protocol):
    """Starts workers, delivers messages, ends workers."""

    elastic: bool
    """Whether workers may take minutes to start, and leave for good: those present share the requests."""

    async def start(self, worker: int) -> None:
        """Start worker ``worker``, which sends ``WorkerReady`` when it is ready."""
        ...

    def restart(self, worker: int) -> None:
        """Start a worker again after its ``WorkerExit``, in the background."""
        ...

    def send(self, worker: int, command: Any) -> None:
        """Send a command to a worker. Ignored for one that has ended: its ``WorkerExit`` follows."""
        ...

    def kill(self, worker: int) -> None:
        """Kill a worker."""
        ...

    def memory(self, worker: int) -> int:
        """Resident bytes, 0 when unknown."""
        ...

    async def close(self) -> None:
        """End every worker. None is left when this returns."""
        ...


class Engine(AbstractContextManager["Engine"], Protocol):
    """Makes the pool of a run. A context manager that ends everything it started."""

    @property
    def cores(self) -> int:
        """Cores that workers may use."""
        ...

    def pool(self, job_of: JobOf, tasks: anyio.abc.TaskGroup, receive: Receive) -> WorkerPool:
        """The workers of one run. ``tasks`` runs their background tasks."""
        ...
