"""Every check judged on facts, without Docker or GPU."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from mineru_cli.errors import ServerUnreachable, SettingsError
from mineru_cli.inference.probe import ServerCard
from mineru_cli.servers.docker.container import Container
from mineru_cli.servers.docker.machine import DockerEngine, Machine, port_taken
from mineru_cli.servers.docker.nvidia import Driver, Gpu, read_rows
from mineru_cli.servers.docker.stack import ComposeService
from mineru_cli.servers.doctor.examine import ALL, LAUNCH, examine, preflight
from mineru_cli.servers.doctor.facts import MachineFacts, ServerAnswer
from mineru_cli.servers.doctor.gpu import GIB, memory_needed, weights

H100 = Gpu(0, "NVIDIA H100", 80 * GIB, 79 * GIB)
ENGINE = DockerEngine("28.2.2", ("nvidia", "runc"), (), "/var/lib/docker", 500 * GIB)
MACHINE = Machine("28.2.2", "5.6.1", ENGINE, "", Driver(True, "580.65", "13.0", (H100,)))
QWEN = ComposeService(
    "vllm", "Qwen/Qwen2.5-VL-7B-Instruct", "vllm/vllm-openai:v0.28.0", False, "127.0.0.1", 8000, 0.72, 1, ""
)
CONTAINER = Container(
    "a" * 64,
    "mineru-vllm-1",
    "vllm",
    "vllm",
    QWEN.model,
    "running",
    "healthy",
    0,
    False,
    0,
    "",
    "",
    "",
    8000,
    "",
)
GOOD = MachineFacts(
    MACHINE, QWEN, None, None, image_here=False, port_taken=False, python=(3, 11, 7), embedded_missing=()
)
LAPTOP = replace(GOOD, machine=Machine("", "", None, "docker is not installed", Driver(False)), service=None)


def found(facts: MachineFacts, check: str) -> tuple[str, str, str]:
    (finding,) = (one for one in examine(facts) if one.check == check)
    return finding.status, finding.detail, finding.fix


def on(**changes: object) -> MachineFacts:
    """A good machine with parts of it changed."""
    return replace(GOOD, machine=replace(MACHINE, **changes))


def test_a_good_machine_has_no_problem_and_every_check_a_name_of_its_own():
    findings = examine(GOOD)
    assert {one.status for one in findings} <= {"ok", "skipped"}
    assert len({one.check for one in findings}) == len(ALL)
    assert preflight(GOOD) == []


@pytest.mark.parametrize(
    ("host", "url"),
    [("", "http://127.0.0.1:8001"), ("::", "http://[::1]:8001"), ("192.0.2.7", "http://192.0.2.7:8001")],
)
def test_a_container_is_reached_where_it_publishes_the_port(host: str, url: str):
    container = replace(CONTAINER, host=host, port=8001)
    assert container.address_of(QWEN).url == url
    assert replace(container, port=None).address_of(QWEN).port == QWEN.port


def test_a_laptop_without_docker_has_no_problem_while_nothing_is_launched_on_it():
    assert "problem" not in {one.status for one in examine(LAPTOP)}
    assert [one.check for one in preflight(LAPTOP)] == ["docker"]


@pytest.mark.parametrize(
    ("facts", "check", "seen", "way_out"),
    [
        (on(client="", engine=None), "docker", "not installed", "docs.docker.com"),
        (on(engine=None, engine_error="Cannot connect"), "docker engine", "Cannot connect", "systemctl start"),
        (on(engine=None, engine_error="permission denied"), "docker engine", "permission", "usermod"),
        (on(compose=""), "docker compose", "not installed", "compose/install"),
        (replace(GOOD, service_error=SettingsError("bad .env", hint="mend it")), "docker compose", "bad", "mend it"),
        (on(driver=Driver(True, error="Driver/library version mismatch")), "gpu driver", "mismatch", "reboot"),
        (on(driver=Driver(True, "535.10", "12.2", (H100,))), "gpu driver", "wants driver 570", "570"),
        (on(driver=Driver(True, "580.1", "12.7", (H100,))), "gpu driver", "CUDA 12.8", "570"),
        (on(driver=Driver(True, "580.1", "13.0", ())), "gpu driver", "no GPU", "nvidia-smi -L"),
        (on(engine=replace(ENGINE, runtimes=("runc",))), "nvidia runtime", "no NVIDIA runtime", "nvidia-ctk"),
        (on(engine=replace(ENGINE, disk_free=10 * GIB)), "disk", "10 GiB free", "prune"),
        (replace(GOOD, port_taken=True), "port", "port 8000 is taken", "--port 8001"),
        (replace(GOOD, container=replace(CONTAINER, state="restarting")), "container", "restarting", "server logs"),
        (replace(GOOD, embedded_missing=("rapidocr",)), "embedded engine", "rapidocr", "pip install '.[embedded]'"),
        (replace(GOOD, python=(3, 9, 1)), "python", "3.9.1", "3.10"),
    ],
)  # fmt: skip
def test_a_problem_says_what_was_seen_and_the_way_out(
    facts: MachineFacts, check: str, seen: str, way_out: str
):
    status, detail, fix = found(facts, check)
    assert status == "problem"
    assert seen in detail
    assert way_out in fix


@pytest.mark.parametrize("cuda", ["12.8", "12.10", "13.0", ""])
def test_versions_are_compared_part_by_part(cuda: str):
    assert found(on(driver=Driver(True, "570.86", cuda, (H100,))), "gpu driver")[0] == "ok"


@pytest.mark.anyio
async def test_a_port_is_taken_when_a_program_listens_on_it_and_not_when_we_may_not():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert await port_taken("127.0.0.1", port)
        assert await port_taken("", port)
    assert not await port_taken("127.0.0.1", port)
    assert not await port_taken("192.0.2.7", port), "an address that this machine does not have"
    assert not await port_taken("no.such.name.invalid", port)


@pytest.mark.parametrize(
    ("total", "free", "share", "status", "way_out"),
    [
        (80, 79, 0.72, "ok", ""),
        (32, 31, 0.72, "ok", ""),
        (32, 20, 0.72, "problem", "VLLM_GPU_MEMORY_UTILIZATION=0.6"),
        (80, 79, 0.1, "problem", "VLLM_GPU_MEMORY_UTILIZATION=0.2"),
        (16, 15, 0.9, "problem", "MinerU2.5-Pro"),
    ],
)
def test_memory_is_measured_against_vllms_share_and_the_models_need(
    total: int, free: int, share: float, status: str, way_out: str
):
    gpu = Gpu(0, "GPU", total * GIB, free * GIB)
    facts = replace(
        on(driver=Driver(True, "580.1", "13.0", (gpu,))), service=replace(QWEN, memory_share=share)
    )
    told, _, fix = found(facts, "gpu memory")
    assert told == status
    assert way_out in fix


@pytest.mark.parametrize(
    ("there", "wanted", "status", "seen"),
    [
        (4, 4, "ok", "needs about 37.2 GiB on each GPU"),
        (4, 1, "problem", "needs about 139.7 GiB"),
        (2, 4, "problem", "2 of 4 GPUs are there"),
    ],
)
def test_a_large_model_is_spread_over_several_gpus(there: int, wanted: int, status: str, seen: str):
    gpus = tuple(replace(H100, index=index) for index in range(there))
    large = replace(QWEN, model="Qwen/Qwen2.5-VL-72B-Instruct", gpus=wanted)
    facts = replace(on(driver=Driver(True, "580.1", "13.0", gpus)), service=large)
    told, detail, _ = found(facts, "gpu memory")
    assert told == status
    assert seen in detail


def test_the_fullest_of_the_gpus_that_are_used_decides():
    full = replace(H100, index=1, memory_free=10 * GIB)
    facts = replace(on(driver=Driver(True, "580.1", "13.0", (H100, full))), service=replace(QWEN, gpus=2))
    assert "free on GPU 1" in found(facts, "gpu memory")[1]
    assert found(replace(facts, service=QWEN), "gpu memory")[0] == "ok"


def test_a_running_server_holds_its_own_port_and_memory():
    facts = replace(GOOD, container=CONTAINER, port_taken=True)
    assert found(facts, "port")[0] == "ok"
    assert found(facts, "gpu memory")[0] == "skipped"


def test_runtimes_by_cdi_count():
    assert (
        found(
            on(engine=replace(ENGINE, runtimes=("runc",), devices=("nvidia.com/gpu=0",))), "nvidia runtime"
        )[0]
        == "ok"
    )


def test_an_engine_elsewhere_has_a_disk_that_cannot_be_seen():
    assert found(on(engine=replace(ENGINE, disk_free=None)), "disk")[0] == "skipped"


def test_servers_that_were_given():
    good = ServerAnswer("http://a", ServerCard("http://a", "mineru", 16384, "0.28.0", is_vllm=True))
    assert found(replace(GOOD, answers=(good,)), "server")[:2] == ("ok", "http://a answers (vLLM 0.28.0)")
    assert found(replace(GOOD, answers=(good,)), "model")[:2] == ("ok", "mineru, max_model_len 16384")
    gone = ServerAnswer("http://b", None, ServerUnreachable("http://b: refused", hint="is it up?"))
    assert found(replace(GOOD, answers=(good, gone)), "server") == (
        "problem",
        "http://b: refused",
        "is it up?",
    )
    other = ServerAnswer("http://c", ServerCard("http://c", "qwen", 4096))
    assert "leave out the odd one" in found(replace(GOOD, answers=(good, other)), "server")[2]
    assert "--max-model-len" in found(replace(GOOD, answers=(other,)), "model")[2]
    missing = replace(GOOD, answers=(good,), embedded_missing=("rapidocr",))
    assert found(missing, "embedded engine")[0] == "skipped"


def test_models_are_sized_by_their_names():
    assert weights("Qwen/Qwen2.5-VL-7B-Instruct") == round(8.29 * 2e9)
    assert weights("opendatalab/MinerU2.5-Pro-2605-1.2B") == round(1.2 * 2e9)
    assert weights("Qwen/Qwen2.5-VL-7B-Instruct-AWQ") < weights("Qwen/Qwen2.5-VL-7B-Instruct") / 2
    assert weights("some/Thing-13B") == round(13 * 2e9)
    assert memory_needed("nameless") is None


def test_rows_of_nvidia_smi():
    text = "0, NVIDIA H200, 570.133.20, 143771, 143000\n1, NVIDIA GB10, 580.95.05, [N/A], [N/A]\nnonsense\n"
    version, gpus = read_rows(text)
    assert version == "580.95.05"
    assert gpus[0] == Gpu(0, "NVIDIA H200", 143771 * 2**20, 143000 * 2**20)
    assert gpus[1].memory_free is None


def test_what_a_launch_checks_is_part_of_what_the_doctor_checks():
    assert set(LAUNCH) < set(ALL)


def test_loops_that_were_not_compiled_are_no_problem_but_said():
    assert found(replace(GOOD, loops=True), "pixel loops")[0] == "ok"
    status, detail, _ = found(GOOD, "pixel loops")
    assert status == "skipped"
    assert "C compiler" in detail
