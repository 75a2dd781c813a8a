"""The pool's contract on a Ray of this machine, and the explanations of the engine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import anyio
import pytest
from blockbuster import BlockBuster

from mineru_cli import __version__, convert
from mineru_cli.engine.messages import WorkerReady
from mineru_cli.engine.pool import Engine, WorkerExit
from mineru_cli.engine.ray.engine import ENVIRONMENT, RayEngine, _unavailable, print_daemon_errors
from mineru_cli.engine.ray.host import HostFacts
from mineru_cli.engine.ray.pool import RayPool
from mineru_cli.errors import EngineUnavailable, SettingsError, VersionMismatch
from mineru_cli.settings import Settings
from tests import corpus
from tests.engine.pool_contract import WorkerPoolContract
from tests.vllm_double import Double

ROOT = str(Path(__file__).resolve().parents[3])


@pytest.fixture(scope="module")
def ray_here() -> Iterator[None]:
    """A Ray of our own for all tests of this file: it takes ten seconds to start."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", ROOT)
        patch.setenv("RAY_raylet_start_wait_time_s", "180")
        ray = pytest.importorskip("ray", reason="the ray extra is not installed")
        ray.init(
            address="local", num_cpus=3, include_dashboard=False, log_to_driver=False,
            configure_logging=False, object_store_memory=80_000_000,
        )  # fmt: skip
        yield
        ray.shutdown()


@pytest.mark.usefixtures("ray_here")
@pytest.mark.filterwarnings("ignore")  # Ray leaves sockets and files to the collector
@pytest.mark.timeout(300)
class TestRayPool(WorkerPoolContract):
    def engine(self) -> Engine:
        return RayEngine("local")

    async def test_a_dead_actor_is_a_lost_worker(self, tmp_path: Path):
        async with self.running(tmp_path) as (pool, heard):
            await pool.start(0)
            await heard.until(lambda: heard.of(0, WorkerReady))
            worker = heard.of(0, WorkerReady)[0].pid
            facts = await pool._actors[0].facts.remote()
            os.kill(facts.pid, signal.SIGKILL)
            await heard.until(lambda: heard.of(0, WorkerExit))
            assert heard.of(0, WorkerExit)[0].signal == "SIGKILL"
            with anyio.fail_after(60):
                while Path(f"/proc/{worker}").exists():  # it ends with its actor
                    await anyio.sleep(0.05)
            pool.restart(0)
            await heard.until(lambda: len(heard.of(0, WorkerReady)) == 2)


@pytest.mark.usefixtures("ray_here")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(300)
def test_spans_of_a_run_on_ray_arrive_with_their_parents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_blocking_calls: BlockBuster
):
    """Workers on other nodes report requests to the driver, which alone knows the collector."""
    receiver = pytest.importorskip("tests.observe.traces.otlp_receiver")
    for function in no_blocking_calls.functions.values():  # a run's own few files may block its loop
        function.can_block_in("mineru_cli/engine/run.py", {"convert_async", "_commit", "work"})
        function.can_block_in("mineru_cli/engine/rebuild.py", {"rebuild_missing"})
        function.can_block_in("mineru_cli/store/local/manifests.py", {"write_run"})
        function.can_block_in("mineru_cli/engine/ray/engine.py", {"pool"})
    for number in range(3):
        pages = [corpus.prose(f"d{number}", page) for page in range(2)]
        (tmp_path / f"d{number}.pdf").write_bytes(corpus.text_pdf(pages))
    with receiver.collector() as got, Double(slots=8) as double:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", got.url)
        chosen = Settings(
            inputs=(tmp_path,),
            output=tmp_path / "out",
            server_url=double.url,
            workers=2,
            engine="ray",
            ray_address="local",
        )
        report = convert(chosen)
        headers = [header.split("-") for header in double.stats()["traceparents"]]
    assert report.exit_code == 0
    assert report.summary.documents.done == 3
    (root,) = got.named("run")
    found = {name: {span.id: span for span in got.named(name)} for name in ("document", "page")}
    requests = got.named("POST /v1/chat/completions")
    assert (len(found["document"]), len(found["page"])) == (3, 6)
    assert {span.parent for span in found["document"].values()} == {root.id}
    assert {span.parent for span in found["page"].values()} == set(found["document"])
    assert {span.parent for span in requests} == set(found["page"])
    assert {span for _, _, span, _ in headers} == {span.id for span in requests}
    assert {trace for _, trace, _, _ in headers} == {root.trace}


@pytest.mark.parametrize(
    ("ray", "python", "words"),
    [
        ("2.60.0", "3.10.13", "has Python 3.10.13, and this machine has Python 3.11.7"),
        ("2.9.0", "3.11.7", "has Ray 2.9.0, and this machine has Ray 2.60.0"),
        (
            "2.9.0",
            "3.10.1",
            "has Ray 2.9.0 and Python 3.10.1, and this machine has Ray 2.60.0 and Python 3.11.7",
        ),
    ],
)
def test_a_version_mismatch_is_explained(ray: str, python: str, words: str):
    text = (
        f"Version mismatch: The cluster was started with:\n    Ray: {ray}\n    Python: {python}\n"
        "This process on node 10.0.0.1 was started with:\n    Ray: 2.60.0\n    Python: 3.11.7\n"
    )
    error = _unavailable(RuntimeError(text), "auto")
    assert isinstance(error, VersionMismatch)
    assert error.exit_code == 2, "no Job should repeat it"
    assert error.message == f"the Ray cluster {words}"


def test_a_mismatch_in_other_words_is_shown_as_ray_says_it():
    error = _unavailable(RuntimeError("Version mismatch: 1 is not 2"), "auto")
    assert "Version mismatch: 1 is not 2" in error.message


@pytest.mark.anyio
async def test_a_node_with_another_mineru_batch_ends_the_run_as_wrong_usage():
    async def older() -> HostFacts:
        return HostFacts("node-7", 1, "0.0.9", "3.11.7")

    actor = SimpleNamespace(facts=SimpleNamespace(remote=older))
    ray = SimpleNamespace(
        remote=lambda **options: lambda host: SimpleNamespace(remote=lambda: actor),
        exceptions=SimpleNamespace(RayError=OSError),
    )
    pool = RayPool(ray, lambda worker: None, None, lambda worker, message: None)  # type: ignore[arg-type]
    with pytest.raises(VersionMismatch, match=f"node-7 has mineru-batch 0.0.9, .* has {__version__}") as met:
        await pool.start(0)
    assert met.value.exit_code == 2


def test_errors_of_daemons_are_not_printed_between_the_events(capsys: pytest.CaptureFixture[str]):
    worker = pytest.importorskip("ray._private.worker", reason="the ray extra is not installed")
    heard = {"lines": ["Raylet is terminated."], "pid": "raylet", "is_err": False}
    print_daemon_errors(False)
    try:
        worker.print_to_stdstream(heard, ignore_prefix=False)
        assert capsys.readouterr().out == ""
    finally:
        print_daemon_errors(True)
    worker.print_to_stdstream({**heard, "lines": ["Raylet is gone."]}, ignore_prefix=False)
    assert "Raylet is gone." in capsys.readouterr().out


def test_no_cluster_is_explained():
    error = _unavailable(ConnectionError("Could not find any running Ray instance."), "auto")
    assert isinstance(error, EngineUnavailable)
    assert error.exit_code == 4, "the cluster may come yet"
    assert "no Ray cluster could be joined at auto: Could not find" in error.message
    assert "ray start --head" in error.hint


def test_ray_needs_a_server_that_all_machines_reach():
    with pytest.raises(SettingsError, match="needs a server"):
        Settings(engine="ray")
    assert Settings(engine="ray", server_url=("http://gpu:8000",)).engine == "ray"
