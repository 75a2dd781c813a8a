"""Runs on a Ray cluster of two nodes whose workers, nodes and driver are killed: as the local run."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import ROOT, SABOTEUR, Command, convert, failures, summary, tree
from tests.chaos.conftest import DOCUMENTS, PAGES, Calm
from tests.ray_cluster import RayCluster, ray_cluster

pytest.importorskip("ray", reason="the ray extra is not installed")

POISONED = "doc07"
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.slow,
]  # two nodes need a minute to start on two busy cores


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """The page of one document, ``poisoned.pdf``, crashes each worker that reads it."""
    environment = {"PYTHONPATH": f"{SABOTEUR}{os.pathsep}{ROOT}", "SABOTAGE_CRASH": "poisoned:0"}
    with ray_cluster(environment) as started:
        yield started


def arguments(cluster: RayCluster, source: Path, out: Path, url: str) -> tuple[str | Path, ...]:
    engine = ("--engine", "ray", "--ray-address", cluster.address, "--workers", "2")
    return (source, "-o", out, *engine, "--concurrency", "8", "--server-url", url)


def test_a_poisoned_page_and_a_lost_worker_cost_nothing_else(
    tmp_path: Path, cluster: RayCluster, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    source = shutil.copytree(pdfs, tmp_path / "in")
    shutil.copy(pdfs / f"{POISONED}.pdf", source / "poisoned.pdf")
    out = tmp_path / "out"
    run = Command(tmp_path, *arguments(cluster, source, out, double.url))
    run.wait_for_pages(8)
    os.kill(run.worker_pids()[-1], signal.SIGKILL)
    assert run.wait() == 1, run.errors()
    assert failures(out)["poisoned"]["pages"][0]["code"] == "reader-crashed"
    assert list(failures(out)) == ["poisoned"]
    assert summary(out)["documents"]["done"] == DOCUMENTS
    assert {name: data for name, data in tree(out).items() if not name.startswith("poisoned/")} == calm.files


def test_a_node_that_is_killed_and_then_the_driver_lose_nothing(
    tmp_path: Path, cluster: RayCluster, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    out = tmp_path / "out"
    run = Command(tmp_path, *arguments(cluster, pdfs, out, double.url))
    run.wait_for_pages(6)
    assert cluster.kill_node() > 1
    run.wait_for(lambda one: one.events("worker-stopped"))
    seen = len(run.events("page-finished"))
    run.wait_for_pages(seen + 3)
    cluster.add_node()
    run.kill()
    run.process.wait()
    assert run.only_events(), "Ray reports the lost node, which is not printed between the events"
    kept = {(event["document"], event["page"]) for event in run.events("page-finished")}
    again = convert(tmp_path, *arguments(cluster, pdfs, out, double.url))
    assert again.process.returncode == 0, again.errors()
    assert tree(out) == calm.files
    anew = {(event["document"], event["page"]) for event in again.events("page-finished")}
    assert len(kept | anew) == PAGES
    assert not kept & anew, "what was finished is not read again"
