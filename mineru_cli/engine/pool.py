"""Where workers live. The coordinator knows this Protocol only; ``local`` and, later, Ray implement it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class WorkerExit:
    """A worker is gone. ``signal`` names what killed it ("SIGSEGV"), "" when it ended by itself."""

    signal: str
    status: int
    stderr_tail: str = ""


Receive = Callable[[int, Any], None]
"""Called on the event loop with a worker's number and its message, or its ``WorkerExit`` as the last one."""


class WorkerPool(Protocol):
    """Starts workers, carries messages, ends workers."""

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
