"""The GPUs of a run's servers: in its events, its kept timelines and its report."""

from __future__ import annotations

import json
from pathlib import Path

import corpus
import pytest
from pytest_httpserver import HTTPServer
from vllm_double import DoubleProcess

from mineru_cli.domain.events import GpuGauge
from mineru_cli.domain.exposure import on_this_machine
from mineru_cli.engine.target import Target, announce_gpus
from tests.chaos.command import convert
from tests.telemetry.test_gpu_dcgm import PAGE, line


def test_a_run_keeps_what_the_exporter_says_of_the_servers_gpus(tmp_path: Path, httpserver: HTTPServer):
    second = line("PROF_SM_ACTIVE", 0.0, 1) + line("DEV_TOTAL_ENERGY_CONSUMPTION", 1000, 1)
    httpserver.expect_request("/metrics").respond_with_data(PAGE + second)
    (tmp_path / "a.pdf").write_bytes(corpus.text_pdf(["one page"]))
    out, report = tmp_path / "out", tmp_path / "run.html"
    with DoubleProcess("--layout-seconds", "1") as double:  # time for a first look at the GPUs
        run = convert(
            tmp_path, tmp_path / "a.pdf", "-o", out, "--server-url", double.url, "--workers", "1",
            "--dcgm-url", httpserver.url_for("/metrics"), "--report", report,
        )  # fmt: skip
    assert run.process.returncode == 0, run.errors()
    told = {event["gpu"]: event["utilisation"] for event in run.events("gpu-gauge")}
    assert told == {"0 NVIDIA H100": 0.62, "1 NVIDIA H100": 0.0}
    kept = json.loads((out / ".mineru-batch" / "timeline.json").read_text())["gpus"]
    assert {name: (gpu["source"], gpu["utilisation"]["values"][-1]) for name, gpu in kept.items()} == {
        "0 NVIDIA H100": ("DCGM SM_ACTIVE", 0.62),
        "1 NVIDIA H100": ("DCGM SM_ACTIVE", 0.0),
    }
    page = report.read_text()
    assert "GPU in use" in page
    assert "DCGM SM_ACTIVE" in page
    assert "31 %" in page


def target(*urls: str, embedded: bool = False) -> Target:
    return Target(urls, "mineru", embedded, ())


@pytest.mark.anyio
async def test_gpus_of_this_machine_say_nothing_of_a_server_elsewhere():
    heard: list[GpuGauge] = []
    await announce_gpus(target("http://gpu1:8000"), None, heard.append)
    assert heard == [GpuGauge("", "unavailable")]


@pytest.mark.anyio
async def test_the_embedded_engine_has_no_gpu_and_nothing_is_reported():
    heard: list[GpuGauge] = []
    await announce_gpus(target("http://127.0.0.1:8000", embedded=True), None, heard.append)
    assert heard == []


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:8000", True),
        ("http://Worker-7:8000", True),
        ("http://gpu1:8000", False),
        ("http://10.0.0.7:8000", False),
    ],
)
def test_an_address_of_this_machine(url: str, here: bool):
    assert on_this_machine((url,), "worker-7") is here
    assert on_this_machine(("http://gpu1:8000", url), "worker-7") is here
