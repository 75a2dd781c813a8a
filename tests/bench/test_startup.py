import time

import anyio
import pytest

from mineru_cli.bench.corpus.documents import SyntheticCorpus
from mineru_cli.bench.progress import Note
from mineru_cli.bench.servers.embedded import EmbeddedServer
from mineru_cli.bench.startup import Startup, measure_startup, spread_text
from mineru_cli.settings import Settings


@pytest.mark.slow
def test_the_embedded_engine_is_timed_by_phase(no_blocking_calls) -> None:
    no_blocking_calls.deactivate()

    async def run() -> Startup:
        return await measure_startup(
            Settings(), SyntheticCorpus(), lambda told: None, own=EmbeddedServer(2), tries=1
        )  # fmt: skip

    began = time.monotonic()
    found = anyio.run(run)
    assert [start.label.partition(":")[0] for start in found.starts] == ["first", "again"]
    for start in found.starts:
        assert [name for name, _ in start.phases] == [
            "process up and listening", "models loaded", "first request answered",
        ]  # fmt: skip
        assert all(seconds > 0 for _, seconds in start.phases)
    assert sum(start.seconds for start in found.starts) <= time.monotonic() - began


@pytest.mark.spec("mineru-service/start-up/a-worker-is-timed-to-its-first-request")
@pytest.mark.anyio
async def test_a_worker_is_timed_to_its_first_request() -> None:
    told: list[object] = []
    began = time.monotonic()
    found = await measure_startup(Settings(), SyntheticCorpus(), told.append, own=None, tries=2)
    assert len(found.workers) == 2
    assert min(found.workers) > 0.05, "a Python process and its imports"
    assert sum(found.workers) <= time.monotonic() - began
    assert found.plain()["worker_to_first_request"]["median"] == found.worker_median
    assert told == [Note("starting worker 1 of 2"), Note("starting worker 2 of 2")]


def test_without_worker_starts_the_median_is_unknown() -> None:
    assert Startup("none", (), ()).worker_median is None
    assert spread_text(()) == "unknown"
