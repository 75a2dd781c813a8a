"""One run over all documents in which a worker, a node and the driver are killed one after the other."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ray.corpus import POISONED
from benchmarks.ray.driver import driving
from benchmarks.ray.event_log import Event, in_flight, longest_stall
from benchmarks.ray.places import Place
from tests.ray_cluster import RayCluster
from tests.vllm_double import DoubleProcess

WORKER, NODE, DRIVER = 0.2, 0.4, 0.7
"""Shares of the pages after which each is killed."""
AFTERMATH = 20.0
"""Seconds after a kill in which a stall is put down to it."""


@dataclass(frozen=True)
class Reference:
    """What a run on this machine without any fault gives: its files, and the pages that the server saw."""

    files: dict[str, bytes]
    pages: int


@dataclass(frozen=True)
class Outcome:
    """What the killed run came to. Times are seconds; ``kills`` are Unix seconds by what was killed."""

    place: str
    kills: dict[str, float]
    first: Sequence[Event]
    second: Sequence[Event]
    resume_to_page: float
    exit_code: int
    pages_read: int
    failures: Mapping[str, str]
    files: Mapping[str, bytes]
    documents: Mapping[str, int]
    new_node: bool

    @property
    def stall(self) -> float:
        """The longest time without a finished page, of either driver."""
        return max(longest_stall(self.first), longest_stall(self.second))

    def stall_after(self, kind: str) -> float:
        """The longest stall soon after the kill."""
        at = self.kills[kind]
        return longest_stall(self.first, after=at, before=at + AFTERMATH)

    def held(self) -> int:
        """Pages that were in flight where something ended: at most these may be read twice."""
        return in_flight(self.first).total() + in_flight(self.first).left + in_flight(self.second).total()


def reference(folder: Path, place: Place, double: DoubleProcess, concurrency: int) -> Reference:
    """Convert on this machine, with workers of the local engine."""
    options = [*place.arguments, "--server-url", double.url, "--workers", "2"]
    options += ["--concurrency", str(concurrency)]
    with driving(folder, "local", options, place.environment) as driver:
        if code := driver.wait():
            raise SystemExit(f"the local run ended with {code}")
    return Reference(place.files(), _layouts(double))


def with_faults(
    folder: Path, place: Place, cluster: RayCluster, double: DoubleProcess, pages: int, concurrency: int
) -> Outcome:
    """Convert on Ray. Two actors, one per node; the node that is killed is replaced by a new one."""
    double.control(reset_stats=True)
    engine = ["--engine", "ray", "--ray-address", cluster.address, "--workers", "2"]
    options = [*place.arguments, "--server-url", double.url, *engine, "--concurrency", str(concurrency)]
    name = place.name.replace(" ", "-").replace("%", "")
    kills: dict[str, float] = {}
    joined = threading.Event()
    joining = threading.Thread(target=_join, args=(cluster, joined), daemon=True)
    with driving(folder, f"{name}-1", options, place.environment) as driver:
        driver.wait_for_pages(int(pages * WORKER))
        kills["worker"] = time.time()
        driver.kill_newest_worker()
        driver.wait_for_pages(int(pages * NODE))
        kills["node"] = time.time()
        cluster.kill_node()
        joining.start()
        driver.wait_for_pages(int(pages * DRIVER))
        kills["driver"] = time.time()
        driver.kill()
        first = driver.log.events
    joining.join()
    with driving(folder, f"{name}-2", options, place.environment) as driver:
        driver.wait_for_pages(1)
        to_page = driver.log.of("page-finished")[0]["at"] - driver.started
        code = driver.wait()
        second = driver.log.events
    return Outcome(
        place.name,
        kills,
        first,
        second,
        to_page,
        code,
        _layouts(double),
        _failures(place.state()),
        {name: data for name, data in place.files().items() if POISONED not in name},
        json.loads((place.state() / "run.json").read_text())["documents"],
        joined.is_set(),
    )


def _join(cluster: RayCluster, joined: threading.Event) -> None:
    """Add a node, unless this machine is too busy for Ray's own limits."""
    with suppress(RuntimeError):
        cluster.add_node()
        joined.set()


def _layouts(double: DoubleProcess) -> int:
    """Pages that the server was asked about: one request for the layout per page."""
    return int(double.stats()["by_kind"]["layout"])


def _failures(state: Path) -> dict[str, str]:
    lines = map(json.loads, (state / "failures.jsonl").read_text().splitlines())
    return {line["key"]: line["pages"][0]["code"] if line.get("pages") else line["code"] for line in lines}
