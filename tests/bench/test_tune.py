import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.bench.corpus.documents import SyntheticCorpus
from mineru_cli.bench.plan import Plan
from mineru_cli.bench.servers.command import CommandServer
from mineru_cli.bench.servers.docker import DockerServer
from mineru_cli.bench.servers.embedded import EmbeddedServer
from mineru_cli.bench.servers.own_server import compose_variables
from mineru_cli.bench.servers.phases import StartPhases
from mineru_cli.bench.tune import AS_FAST, Trial, Tuning, simplest, tune, worker_counts
from mineru_cli.errors import EngineUnavailable, SettingsError
from mineru_cli.recipes.profiles.catalogue import server_args
from mineru_cli.settings import Settings


@given(st.dictionaries(st.integers(1, 512), st.floats(0.1, 100), min_size=1))
def test_the_plainest_is_as_fast_as_the_fastest_and_none_smaller_is(speeds) -> None:
    trials = [Trial("concurrency", value, (speed,)) for value, speed in speeds.items()]
    chosen = simplest(trials)
    best = max(speeds.values())
    assert chosen.mean >= AS_FAST * best
    assert all(trial.mean < AS_FAST * best for trial in trials if trial.value < chosen.value)


@pytest.mark.spec("orchestration/worker-pool/tuned-counts-fit-the-machine")
def test_workers_never_outnumber_cores_or_requests() -> None:
    assert worker_counts(8, 100) == [1, 2, 4, 8]
    assert worker_counts(8, 3) == [1, 2]
    assert worker_counts(1, 64) == [1]


def test_what_is_written_holds_the_choice_and_its_evidence() -> None:
    tuning = Tuning({"workers": 2, "concurrency": 32}, (Trial("workers", 2, (3.0, 3.1)),))
    assert "    count: 2\n    concurrency: 32\n" in tuning.yaml()
    assert "# workers 2: 3.05 pages/s" in tuning.yaml()
    assert "MINERU_BATCH_CONCURRENCY=32\n" in tuning.env()
    elsewhere = replace(tuning, urls=("http://a:1", "http://b:2"))
    assert yaml.safe_load(elsewhere.yaml())["mineru"]["vllm_server"]["base_url"] == "http://a:1,http://b:2"
    assert "MINERU_BATCH_SERVER_URL=http://a:1,http://b:2\n" in elsewhere.env()


def test_a_default_as_fast_as_the_rest_is_kept_and_failures_are_reported() -> None:
    trials = (
        Trial("max_num_seqs", None, (9.8,)), Trial("max_num_seqs", 64, (10.0,)),
        Trial("max_num_seqs", 512, (), "did not start: out of\n memory"),
    )  # fmt: skip
    assert simplest(trials).value is None
    assert simplest((*trials, Trial("max_num_seqs", 256, (12.0,)))).value == 256
    tuning = Tuning(
        {"workers": 2, "concurrency": 32}, trials, {"api_server_count": 4, "max_num_seqs": 256},
        compose_variables({"api_server_count": 4, "max_num_seqs": 256}, "--seed 1"),
    )  # fmt: skip
    assert "# max_num_seqs 512: did not start: out of memory\n" in tuning.env()
    assert "VLLM_API_SERVERS=4\nVLLM_EXTRA_ARGS=--seed 1 --max-num-seqs 256\n" in tuning.env()
    assert "# server: VLLM_API_SERVERS=4\n" in tuning.yaml()
    assert tuning.is_chosen(Trial("max_num_seqs", 256, (1.0,)))
    assert not tuning.is_chosen(trials[0])


SERVER = """
import json, subprocess, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
slots = int(given.get("--max-num-seqs", 4))
if slots == 512:
    sys.exit("out of memory")
with open(sys.argv[0] + ".starts", "a") as file:
    file.write(json.dumps(given) + chr(10))
times = ["--layout-seconds", "0.1", "--block-seconds", "0.1", "--blocks", "3", "--hash", "crc"]
sys.exit(subprocess.run([sys.executable, DOUBLE, "--port", given["--port"], "--slots", str(slots), *times]).returncode)
"""


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """A server that takes vLLM's options: its slots are --max-num-seqs."""
    path = tmp_path / "serve.py"
    path.write_text(SERVER.replace("DOUBLE", repr(str(Path(__file__).parents[1] / "vllm_double"))))
    return path


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_server_of_our_own_is_restarted_for_every_value(launcher: Path, no_blocking_calls) -> None:
    no_blocking_calls.deactivate()
    own = CommandServer(f"{sys.executable} {launcher} --port {{port}} {{options}}", ready_seconds=30)
    plan = Plan(levels=(32,), repeats=1, seconds=4.0, warm_up_seconds=0.0)
    told: list[object] = []

    async def run() -> Tuning:
        return await tune(
            Settings(server_wait=20), SyntheticCorpus(), plan, told.append, cores=1, own=own
        )  # fmt: skip

    found = anyio.run(run)
    assert found.chosen == {"concurrency": 32, "workers": 1}
    assert found.server["max_num_seqs"] in (64, 128, 256)
    assert "--max-num-seqs" in found.variables["options"]
    lost = [trial for trial in found.trials if trial.value == 512]
    assert "out of memory" in lost[0].failure
    starts = [json.loads(line) for line in Path(f"{launcher}.starts").read_text().splitlines()]
    assert starts[0].keys() == {"--port"}
    assert {start.get("--api-server-count") for start in starts} == {None, "1", "2", "4"}
    assert subprocess.run(["pgrep", "-f", str(launcher)], capture_output=True, check=False).stdout == b""


@pytest.mark.anyio
async def test_a_line_that_starts_no_server_says_what_it_said(tmp_path: Path, no_blocking_calls) -> None:
    no_blocking_calls.deactivate()
    own = CommandServer(
        f"{sys.executable} -c 'raise SystemExit(\"no such model\")' {{port}}", ready_seconds=20
    )
    with pytest.raises(EngineUnavailable, match="no such model"):
        async with own.started({}):
            pass
    with pytest.raises(SettingsError, match="cannot be run"):
        async with CommandServer("/no/such/program {port}").started({}):
            pass


LOG = """
print("(Worker pid=7) ERROR 11-25 22:40:52 [executor.py:9] AttributeError: no eos_token_id")
print("Traceback" * 200)
raise SystemExit("Engine core initialization failed. See root cause above.")
"""


@pytest.mark.anyio
async def test_the_first_error_of_a_log_is_reported_with_its_end(tmp_path: Path, no_blocking_calls) -> None:
    no_blocking_calls.deactivate()
    script = tmp_path / "serve.py"
    script.write_text(LOG)
    with pytest.raises(EngineUnavailable) as caught:
        async with CommandServer(f"{sys.executable} {script} {{port}}").started({}):
            pass
    lines = caught.value.message.splitlines()
    assert lines[0] == "--start ended with code 1:"
    assert lines[1].endswith("AttributeError: no eos_token_id")
    assert lines[-1].startswith("Engine core initialization failed")


@pytest.mark.anyio
async def test_the_phases_of_a_start_are_those_of_its_log(launcher: Path, no_blocking_calls) -> None:
    no_blocking_calls.deactivate()
    text = launcher.read_text()
    launcher.write_text('print("Starting to load model x...", flush=True)\n' + text)
    own = CommandServer(f"{sys.executable} -u {launcher} --port {{port}} {{options}}", ready_seconds=30)
    began = time.monotonic()
    async with own.started({}) as up:
        elapsed = time.monotonic() - began
        names = [name for name, _ in up.phases]
    assert names == ["process started", "load", "first request answered"]
    assert min(seconds for _, seconds in up.phases) > 0
    assert sum(seconds for _, seconds in up.phases) <= elapsed


@pytest.mark.anyio
async def test_a_start_that_is_given_up_leaves_nothing_running(tmp_path: Path, no_blocking_calls) -> None:
    no_blocking_calls.deactivate()
    script = tmp_path / "serve.py"
    script.write_text("import subprocess, sys; subprocess.run(['sleep', '4711'])")
    with anyio.move_on_after(2.0):
        async with CommandServer(f"{sys.executable} {script} {{port}}").started({}):
            raise AssertionError("nothing answers there")
    assert subprocess.run(["pgrep", "-f", "sleep 4711"], capture_output=True, check=False).stdout == b""


def test_phases_only_go_on_and_the_last_is_the_first_answer() -> None:
    now = [0.0]
    phases = StartPhases(lambda: now[0])
    for at, line in (
        (4.0, "Starting to load model"),
        (9.0, "Model loading took 4 s"),
        (11.0, "torch.compile x"),
    ):
        now[0] = at
        phases.read(line)
    now[0] = 20.0
    assert phases.until_answered(0.5) == (
        ("process started", 4.0), ("load", 7.0), ("compile", 8.5), ("first request answered", 0.5),
    )  # fmt: skip


def test_lines_are_read_as_a_shell_reads_them() -> None:
    with pytest.raises(SettingsError, match="port"):
        CommandServer("vllm serve x")
    with pytest.raises(SettingsError, match="quot"):
        CommandServer("vllm serve 'x --port {port}")
    words = CommandServer("vllm serve 'a b' --port {port}").words({"max_num_seqs": 64}, 8001)
    assert words == ["vllm", "serve", "a b", "--port", "8001", "--max-num-seqs", "64"]


def test_the_embedded_engine_is_tried_with_as_many_slots_as_cores() -> None:
    assert EmbeddedServer(6).settings[0].values == (1, 2, 4)
    assert EmbeddedServer(1).as_environment({"slots": 1}) == {"mineru-batch server embedded": "--slots 1"}


def test_a_container_is_started_with_the_options_that_its_model_needs() -> None:
    config = DockerServer("rednote-hilab/dots.ocr").config({"max_num_seqs": 64})
    assert config.model_args == server_args("rednote-hilab/dots.ocr") is not None
    assert config.variables == {"VLLM_EXTRA_ARGS": "--max-num-seqs 64"}
    assert DockerServer().config({}).model_args is None
