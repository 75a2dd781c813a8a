"""Where workers live. A run knows ``Engine``, its coordinator ``WorkerPool``; ``local`` implements both."""

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
    """A worker is gone. ``signal`` names what killed it ("SIGSEGV"), "" when it ended by itself."""

    signal: str
    status: int
    stderr_tail: str = ""


Receive = Callable[[int, Any], None]
"""Called on the event loop with a worker's number and its message, or its ``WorkerExit`` as the last one."""


JobOf = Callable[[int], "WorkerJob"]
"""The job of the worker with this number."""


class WorkerPool(Protocol):
    """Starts workers, carries messages, ends workers."""

    elastic: bool
    """Whether workers may take minutes to come, and go for good: those that are there share the requests."""

    async def start(self, worker: int) -> None:
        """Bring up worker ``worker``; it says ``WorkerReady`` when it is ready."""
        ...

    def restart(self, worker: int) -> None:
        """Bring a worker up again after its ``WorkerExit``, in the background."""
        ...

    def send(self, worker: int, command: Any) -> None:
        """Hand a command to a worker. A worker that is gone ignores it: its ``WorkerExit`` is on the way."""
        ...

    def kill(self, worker: int) -> None:
        """End a worker at once, whatever it is doing."""
        ...

    def memory(self, worker: int) -> int:
        """Resident bytes, 0 when unknown."""
        ...

    async def close(self) -> None:
        """End every worker. None is left when this returns."""
        ...


class Engine(AbstractContextManager["Engine"], Protocol):
    """Makes the pool of a run. A context manager: nothing of it is left when it is left."""

    @property
    def cores(self) -> int:
        """Cores that workers may use."""
        ...

    def pool(self, job_of: JobOf, tasks: anyio.abc.TaskGroup, receive: Receive) -> WorkerPool:
        """The workers of one run. ``tasks`` carries what they need in the background."""
        ...
