"""A Ray cluster of several nodes on loopback: each a ``ray start`` of its own that can be killed alone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mineru_cli.engine.ray.engine import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[1]
RAY = Path(sys.executable).with_name("ray")
START_WITHIN = 180.0
"""Seconds in which a node must come up."""
STORE_BYTES = 80_000_000


class RayCluster:
    """A head without cores, and nodes with one each. ``environment`` is what their processes see."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            **ENVIRONMENT,
            "RAY_raylet_start_wait_time_s": "180",
            "RAY_agent_register_timeout_ms": "180000",
            **environment,
        }
        self._nodes: list[subprocess.Popen[bytes]] = []
        self._hosts = 1
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._start("--head", f"--port={self._port}", "--include-dashboard=false", cores=0)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def add_node(self) -> None:
        """Start a node; returns when it has joined."""
        self._start(f"--address={self.address}", cores=1)

    def kill_node(self) -> int:
        """Kill the latest node with all its processes at once; returns how many."""
        node = self._nodes.pop()
        pids = list(_family(node.pid))
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        node.wait()
        return len(pids)

    def close(self) -> None:
        while self._nodes:
            self.kill_node()

    def _start(self, *options: str, cores: int) -> None:
        for last in (False, False, True):
            error = self._try_start(*options, cores=cores)
            if not error:
                return
            if last:
                raise RuntimeError(f"a node of Ray does not start: {error}")

    def _try_start(self, *options: str, cores: int) -> str:
        """Start a node. Returns why it does not come up: on a busy machine its agents may miss Ray's own limits."""
        number, self._hosts = self._hosts, self._hosts + 1
        log = self._folder / f"node-{number}.log"
        command = [
            RAY,
            "start",
            *options,
            "--block",
            f"--node-ip-address=127.0.0.{number}",
            f"--num-cpus={cores}",
        ]
        command += [f"--object-store-memory={STORE_BYTES}", "--disable-usage-stats"]
        command += [f"--temp-dir={self._folder}"] if number == 1 else []
        with log.open("wb") as output:
            node = subprocess.Popen(
                command,
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._nodes.append(node)
        end = time.monotonic() + START_WITHIN
        while b"Ray runtime started" not in log.read_bytes():
            if node.poll() is not None or time.monotonic() > end or _lost_raylet(node.pid):
                self.kill_node()
                return log.read_text("utf-8", "replace")[-2000:]
            time.sleep(0.2)
        return ""


@contextmanager
def ray_cluster(environment: Mapping[str, str]) -> Iterator[RayCluster]:
    """A cluster with two nodes, gone at the end. Its folder has a short name, for its sockets."""
    folder = Path(tempfile.mkdtemp(prefix="ray", dir="/tmp"))
    cluster = None
    try:
        cluster = RayCluster(folder, environment)
        cluster.add_node()
        cluster.add_node()
        yield cluster
    finally:
        if cluster is not None:
            cluster.close()
        shutil.rmtree(folder, ignore_errors=True)


def _lost_raylet(pid: int) -> bool:
    """Whether the raylet of a ``ray start`` has ended, which that notices only after its own limit."""
    return any("(raylet) Z" in _stat(child) for child in _family(pid))


def _stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from _family(int(child))
