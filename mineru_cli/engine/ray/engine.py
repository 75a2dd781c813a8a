"""The Ray engine: joins a cluster, and explains why it cannot."""

from __future__ import annotations

import os
import re
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mineru_cli.errors import EngineUnavailable, MinerUBatchError, SettingsError, VersionMismatch

if TYPE_CHECKING:
    import anyio.abc

    from mineru_cli.engine.pool import JobOf, Receive, WorkerPool

LOCAL = "local"
"""The address that starts a Ray instance on this machine, for as long as the engine lasts."""
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""Set before Ray is loaded, where the user's own environment says nothing else: nothing is reported, and the
cluster's way of authentication stated."""


class RayEngine:
    """Implements ``Engine``.

    Raises ``EngineUnavailable`` where there is no cluster to join; what repeating the command cannot mend is
    ``SettingsError`` (Ray is not installed) and ``VersionMismatch`` (the cluster has another Ray or Python).
    """

    def __init__(self, address: str | None = None) -> None:
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        try:
            import ray
        except ImportError:
            raise SettingsError(
                "--engine ray needs Ray", hint="pip install ray, in the version of the cluster"
            ) from None
        from mineru_cli.engine.ray.pool import RayPool  # here: ``pool`` is called on an event loop

        self._ray: Any = ray
        self._pool = RayPool
        self._began = not ray.is_initialized()
        if self._began:
            self._join(address)
            print_daemon_errors(False)

    @property
    def cores(self) -> int:
        """Cores that the cluster has now."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def pool(self, job_of: JobOf, tasks: anyio.abc.TaskGroup, receive: Receive) -> WorkerPool:
        """See ``Engine``."""
        return self._pool(self._ray, job_of, tasks, receive)

    def __enter__(self) -> RayEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._began:
            self._ray.shutdown()
            print_daemon_errors(True)

    def _join(self, address: str | None) -> None:
        where = address or os.environ.get("RAY_ADDRESS") or "auto"
        options: dict[str, Any] = {"include_dashboard": False} if where == LOCAL else {}
        try:
            self._ray.init(
                address=where,
                log_to_driver=False,
                configure_logging=False,
                namespace="mineru-batch",
                **options,
            )
        except Exception as error:
            raise _unavailable(error, where) from error


def print_daemon_errors(wanted: bool) -> None:
    """Choose whether Ray prints what its daemons report, such as the end of a node.

    It prints to this process's stdout, which may be a stream of events, and there is no option against it:
    ``log_to_driver`` is about the output of actors alone. Lost workers are reported by the run itself.
    """
    from ray._private import worker

    worker._worker_logs_enabled = wanted


def _unavailable(error: Exception, where: str) -> MinerUBatchError:
    text = str(error)
    if "ersion mismatch" in text:
        return VersionMismatch(
            f"the Ray cluster has {_differing_versions(text)}",
            hint="install the cluster's versions of Ray and Python here: both must be equal on all machines",
        )
    reason = text.strip().splitlines()[0][:300] if text.strip() else type(error).__name__
    return EngineUnavailable(
        f"no Ray cluster could be joined at {where}: {reason}",
        hint="start one (ray start --head), or give its address with --ray-address HOST:6379",
    )


def _differing_versions(text: str) -> str:
    """The differences in Ray's message: it has the versions of the cluster, then those of this process."""
    found = re.findall(r"(Ray|Python): *(\S+)", text)
    half = len(found) // 2
    pairs = [
        (theirs, ours) for theirs, ours in zip(found[:half], found[half:], strict=False) if theirs != ours
    ]
    if not pairs:
        return f"other versions than this machine: {text[:300]}"
    cluster, here = (" and ".join(map(" ".join, side)) for side in zip(*pairs, strict=True))
    return f"{cluster}, and this machine has {here}"
