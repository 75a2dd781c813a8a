"""The local engine: worker processes of this machine. Imports nothing slow: the fork server starts first."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from mineru_cli.engine.local.launch import launch

if TYPE_CHECKING:
    import anyio.abc

    from mineru_cli.engine.pool import JobOf, Receive, WorkerPool


class LocalEngine:
    """Implements ``Engine``. The fork server starts with it, and loads while its caller continues."""

    def __init__(self) -> None:
        self._server = launch()

    @property
    def cores(self) -> int:
        """See ``Engine``."""
        from mineru_cli.telemetry.machine_limits import usable_cores

        return usable_cores()

    def pool(self, job_of: JobOf, tasks: anyio.abc.TaskGroup, receive: Receive) -> WorkerPool:
        """See ``Engine``."""
        from mineru_cli.engine.local.fork_client import ForkServer
        from mineru_cli.engine.local.pool import LocalPool

        return LocalPool(job_of, tasks, receive, ForkServer(self._server))

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.end()
