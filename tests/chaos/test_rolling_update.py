"""Servers and workers that are replaced one after another, as Kubernetes does it, in the middle of the work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import PATIENCE, ROOT, Command, failures, summary, tree
from tests.chaos.conftest import DOCUMENTS, PAGES, SLOTS, Calm

SHARDS = 3
IN_FLIGHT = 3
"""Requests in flight of a pod, and at most as many pages."""
SLOWER = ("--slots", "4", "--layout-seconds", "0.5", "--block-seconds", "0.4", "--warmup", "1")


def replace_server(run: Command, server: DoubleProcess) -> dict[str, Any]:
    """What a kubelet does with the old pod, then the new pod. Returns what the old one counted.

    The simulated server has no Service in front of it, so ``preStop`` is left out: with it, less is refused.
    """
    server.control(drain=True)
    run.wait_for(lambda run: server.stats()["in_flight"] == 0)
    counted = server.stats()
    server.kill()
    time.sleep(0.5)
    server.start()
    return counted


@pytest.mark.spec("mineru-service/circuit-breaker/a-restarted-server-is-used-again")
@pytest.mark.parametrize("replicas", [1, 2])
def test_servers_are_replaced_one_after_another(
    replicas: int, tmp_path: Path, pdfs: Path, calm: Calm
) -> None:
    """No request is lost or sent twice: each server answers what it took before it ends."""
    servers = [DoubleProcess(*SLOWER) for _ in range(replicas)]
    for server in servers:
        server.start()
    try:
        urls = [part for server in servers for part in ("--server-url", server.url)]
        run = Command(tmp_path, pdfs, "-o", tmp_path / "out", *urls, "--concurrency", SLOTS)
        counted = []
        for number, server in enumerate(servers):
            run.wait_for_pages(4 + 6 * number)
            counted.append(replace_server(run, server))
            if server is not servers[-1]:
                run.wait_for(lambda run, server=server: server.stats()["answered"] > 0)
        assert run.wait() == 0, run.errors()
        counted += [server.stats() for server in servers]
    finally:
        for server in servers:
            server.kill()
    assert tree(tmp_path / "out") == calm.files
    assert failures(tmp_path / "out") == {}
    assert sum(stats["requests"] for stats in counted) == calm.requests
    assert sum(stats["cancelled"] for stats in counted) == 0
    assert {event["code"] for event in run.events("request-retried")} <= {"server-unreachable"}


@pytest.fixture
def slower() -> Iterator[DoubleProcess]:
    with DoubleProcess(*SLOWER) as server:
        server.control(slots=SHARDS * IN_FLIGHT)
        yield server


class Shards(ABC):
    """The pods of an Indexed Job: each converts its share to an output of its own."""

    def __init__(self, folder: Path, server: DoubleProcess) -> None:
        self.folder = folder
        self.server = server
        self.pods = 0
        self.environment: dict[str, str] = {}

    @abstractmethod
    def paths(self, index: int) -> list[str | Path]:
        """INPUT and options about storage, of a new pod."""

    @abstractmethod
    def outputs(self) -> list[str]:
        """The outputs, by index."""

    @abstractmethod
    def files(self) -> dict[str, bytes]:
        """The files of all documents."""

    def pod(self, index: int) -> Command:
        """A new pod with this index, with nothing on its disk."""
        self.pods += 1
        return Command(
            self.folder / f"pod{self.pods}", *self.paths(index), "--server-url", self.server.url,
            "--shard", f"index/{SHARDS}", "--workers", 1, "--concurrency", IN_FLIGHT, "--grace", 20,
            environ={**self.environment, "JOB_COMPLETION_INDEX": str(index)},
        )  # fmt: skip

    def merged(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "mineru_cli", "runs", "merge", *self.outputs(), "--json"]
        done = subprocess.run(
            command, capture_output=True, cwd=ROOT, timeout=PATIENCE, check=False,
            env={**os.environ, **self.environment},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


class Folders(Shards):
    def __init__(self, folder: Path, server: DoubleProcess, pdfs: Path) -> None:
        super().__init__(folder, server)
        self.pdfs = pdfs

    def paths(self, index: int) -> list[str | Path]:
        return [self.pdfs, "-o", self.outputs()[index]]

    def outputs(self) -> list[str]:
        return [str(self.folder / f"out{index}") for index in range(SHARDS)]

    def files(self) -> dict[str, bytes]:
        return {name: data for output in self.outputs() for name, data in tree(Path(output)).items()}


@pytest.fixture(params=["folders", "s3"])
def shards(
    request: pytest.FixtureRequest, tmp_path: Path, pdfs: Path, slower: DoubleProcess
) -> Iterator[Shards]:
    if request.param == "folders":
        yield Folders(tmp_path, slower, pdfs)
        return
    pytest.importorskip("obstore", reason="the storage extra is not installed")
    from mineru_cli.store.objects.bucket import Bucket
    from tests.object_storage import S3Server

    server: S3Server = request.getfixturevalue("s3")
    name = server.new_bucket()
    bucket: Bucket = server.bucket(name)
    bucket.put_all((f"in/{path.name}", path) for path in sorted(pdfs.iterdir()))

    class Buckets(Shards):
        def paths(self, index: int) -> list[str | Path]:
            work = self.folder / f"work{self.pods}"
            return [f"s3://{name}/in/", "-o", self.outputs()[index], "--work-dir", work]

        def outputs(self) -> list[str]:
            return [f"s3://{name}/out/{index}" for index in range(SHARDS)]

        def files(self) -> dict[str, bytes]:
            keys = [info.key for info in bucket.list("out") if "/.mineru-batch/" not in info.key]
            return {key.split("/", 2)[2]: (bucket.get(key) or (b"",))[0] for key in keys}

    pods = Buckets(tmp_path, slower)
    pods.environment = dict(server.environment)
    yield pods


@pytest.mark.timeout(300)
def test_pods_of_a_job_are_replaced_one_after_another(shards: Shards, calm: Calm) -> None:
    """One gets SIGTERM, the next one SIGKILL, the last one is left alone; new pods with empty disks go on."""
    pods = [shards.pod(index) for index in range(SHARDS)]
    for index, number in enumerate((signal.SIGTERM, signal.SIGKILL)):
        pods[index].wait_for_pages(2)
        pods[index].kill(number)
    assert [pod.wait() for pod in pods] == [130, -signal.SIGKILL, 0]
    for index in range(2):
        pods.append(shards.pod(index))
        assert pods[-1].wait() == 0, pods[-1].errors()
    read = sum(len(pod.events("page-finished")) for pod in pods)
    assert PAGES <= read <= PAGES + IN_FLIGHT, "a stop costs no page, a kill what was in flight"
    assert shards.files() == calm.files
    merged = shards.merged()
    assert merged["summary"]["documents"] == {
        "total": DOCUMENTS, "done": DOCUMENTS, "partial": 0, "failed": 0, "skipped": 0,
    }  # fmt: skip
    assert merged["summary"]["pages"]["done"] == PAGES
    assert (merged["missing"], merged["conflicting"], merged["problems"]) == ([], 0, [])


@pytest.mark.timeout(300)
def test_the_one_worker_of_a_deployment_is_replaced(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    """``strategy: Recreate``, again and again: pages in flight are finished, and no request is sent twice."""
    for rollout in range(3):
        run = Command(
            tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", SLOTS,
            "--grace", 50,
        )  # fmt: skip
        if rollout < 2:
            run.wait_for_pages(5)
            run.kill(signal.SIGTERM)
            assert run.wait() == 130
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    assert failures(tmp_path / "out") == {}
    assert double.stats()["requests"] == calm.requests
    assert summary(tmp_path / "out")["documents"]["failed"] == 0
