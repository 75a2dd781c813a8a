"""The commands ``server`` and ``doctor``, where there is no Docker engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from vllm_double import Double

from tests.inference.certificates import Authority

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def program(program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    for name in ("MINERU_BATCH_SERVER_URL", "MINERU_BATCH_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, *program(*arguments))

    return run


@pytest.fixture
def doctor(tmp_path: Path):
    """As a program of its own: it may block, nothing else runs on its event loop."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/none", "PYTHONPATH": str(ROOT)}
        for name in ("MINERU_BATCH_SERVER_URL", "MINERU_BATCH_API_KEY"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "mineru_cli", "doctor", *arguments]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return run


def test_doctor_json_is_a_list_of_findings(doctor):
    with Double(model="MinerU2.5-Pro") as double:
        done = doctor("--json", "--server-url", double.url + "/v1")
    findings = json.loads(done.stdout)
    assert all(set(one) == {"check", "status", "detail", "fix"} for one in findings)
    assert all(one["fix"] for one in findings if one["status"] == "problem")
    by_name = {one["check"]: one for one in findings}
    assert by_name["server"]["status"] == "ok"
    assert "MinerU2.5-Pro" in by_name["model"]["detail"]
    assert done.returncode == int(any(one["status"] == "problem" for one in findings))


def test_doctor_exits_with_1_for_a_server_that_is_not_there_and_says_what_to_do(doctor):
    done = doctor("--server-url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "problem  server" in done.stdout
    assert "→ " in done.stdout


def test_doctor_reaches_a_server_as_a_run_does(doctor, tmp_path):
    tls = Authority(tmp_path)
    with Double(tls=tls.server("127.0.0.1"), api_key="key") as double:
        url = f"https://127.0.0.1:{double.port}"
        unknown = doctor("--json", "--server-url", url, "--api-key", "key")
        known = doctor(
            "--json", "--server-url", url, "--ca-file", str(tls.ca), "--header", "Authorization: Bearer key"
        )
    checks = [{one["check"]: one for one in json.loads(done.stdout)} for done in (unknown, known)]
    assert "not trusted" in checks[0]["server"]["detail"]
    assert checks[1]["server"]["status"] == checks[1]["model"]["status"] == "ok"


def test_up_without_an_engine_exits_with_4_and_names_the_way_out(program):
    done = program("server", "up")
    assert done.returncode == 4
    assert done.stdout == ""
    assert "Docker" in done.stderr or "docker" in done.stderr


def test_up_as_json_writes_only_events(program):
    done = program("server", "up", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0] == {"event": "PhaseBegan", "phase": "check"}
    assert events[-1]["event"] == "Failed"
    assert done.returncode == 4


@pytest.mark.spec("gpu-microservices/health/readiness-is-proved-by-an-image")
def test_wait_proves_a_server_with_a_real_request(program):
    with Double(model="mineru") as double:
        done = program("server", "wait", "--server-url", double.url, "--timeout", "20")
        assert double.stats()["proofs"] == 1
    assert done.returncode == 0, done.stderr
    assert f"{double.url} serves mineru and answered in" in done.stdout


def test_wait_gives_up_with_4(program):
    done = program("server", "wait", "--server-url", "http://127.0.0.1:9", "--timeout", "1")
    assert done.returncode == 4
    assert "not ready within 1 s" in done.stderr
    waiting = [line for line in done.stderr.splitlines() if line.startswith("not ready yet: ")]
    assert len(waiting) == 1, "the same reason is not repeated"
    assert waiting[0].endswith("; waiting for 1 s at most (--timeout)")


@pytest.mark.parametrize("address", [("--host", "192.0.2.1"), ("--host", "no.such.host.invalid")])
def test_the_embedded_engine_says_where_it_cannot_listen(program, address):
    done = program("server", "embedded", *address, "--without-key")
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot listen on ")
    assert "choose another --port" in done.stderr


def test_the_embedded_engine_says_that_its_port_is_taken(program):
    with Double() as double:
        done = program("server", "embedded", "--port", double.url.rpartition(":")[2])
    assert (done.returncode, "Address already in use" in done.stderr) == (2, True), done.stderr


def test_status_of_any_server(program):
    with Double(model="mineru") as double:
        done = program("server", "status", "--server-url", double.url, "--json")
    status = json.loads(done.stdout)
    assert (done.returncode, status["ready"]) == (0, True)
    assert (status["card"]["model"], status["card"]["version"]) == ("mineru", "0.28.0")
    assert status["load"]["running"] == 0


def test_the_gpus_of_this_machine_are_not_reported_for_a_remote_server(program, httpserver):
    page = 'DCGM_FI_PROF_SM_ACTIVE{gpu="3",UUID="GPU-3",modelName="NVIDIA H100"} 0.5\n'
    httpserver.expect_request("/metrics").respond_with_data(page)
    alone = program("server", "status", "--server-url", "http://gpu1.invalid:8000")
    assert "GPU      unavailable: --dcgm-url" in alone.stdout
    told = program(
        "server",
        "status",
        "--server-url",
        "http://gpu1.invalid:8000",
        "--dcgm-url",
        httpserver.url_for("/metrics"),
    )
    assert "GPU 3 NVIDIA H100  50 % (DCGM SM_ACTIVE)" in told.stdout


def test_status_of_nothing_exits_with_4(program):
    done = program("server", "status", "--server-url", "http://127.0.0.1:9")
    assert done.returncode == 4
    assert "no:" in done.stdout
