"""NVML as it is on a machine with GPUs: the real nvidia-ml-py loads a stand-in libnvidia-ml.so.1.

The stand-in is compiled here from ``nvml_double.c`` and found over LD_LIBRARY_PATH, so that loading, calling
conventions and structures are the real ones. It was not compared with a real GPU.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("nvml_double.c")
READ = """
import anyio, json, sys
from dataclasses import asdict
from mineru_cli.telemetry.gpu import watch_gpus

async def main():
    rounds = 0
    with anyio.CancelScope() as scope:
        async def sleep(seconds):
            nonlocal rounds
            rounds += 1
            print("-", flush=True)
            if rounds == 3:
                scope.cancel()
            await anyio.sleep(0)
        await watch_gpus(lambda gauge: print(json.dumps(asdict(gauge)), flush=True), sleep=sleep)
        print("over")
        print("-", flush=True)

anyio.run(main)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")
    folder = tmp_path_factory.mktemp("nvml")
    target = folder / "libnvidia-ml.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-w", "-o", str(target), str(SOURCE)], check=True)
    return folder


def rounds(library: Path | None, mode: str = "") -> list[list[dict]]:
    """What each round of ``watch_gpus`` announced, in a process of its own: a library is loaded once.

    A watch that returned, rather than being cancelled, ends with the round "over".
    """
    environment = {**os.environ, "NVML_DOUBLE": mode, "LD_LIBRARY_PATH": str(library or "/nowhere")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    parts = done.stdout.split("-\n")[:-1]
    return [[line == "over" or json.loads(line) for line in part.splitlines()] for part in parts]


def test_gpm_says_how_full_a_gpu_is_from_the_second_sample_on(library: Path):
    first, second, third = (group[0] for group in rounds(library))
    assert first["source"] == "NVML busy"
    assert (second["source"], second["utilisation"]) == ("NVML GPM SM_UTIL", 0.635)
    assert third == second


def test_a_single_sample_waits_until_more_than_busy_is_known(library: Path):
    code = (
        "import anyio, json; from mineru_cli.telemetry.gpu import sample_once;"
        "print(json.dumps([gauge.source for gauge in anyio.run(sample_once)]))"
    )
    environment = {**os.environ, "NVML_DOUBLE": "", "LD_LIBRARY_PATH": str(library)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == ["NVML GPM SM_UTIL", "NVML busy"], done.stderr


def test_units_are_bytes_watts_degrees_and_joules(library: Path):
    gauge = rounds(library)[1][0]
    assert gauge["gpu"] == "0 NVIDIA H200"
    assert (gauge["memory_used"], gauge["memory_total"]) == (30 * 2**30, 80 * 2**30)
    assert (gauge["power"], gauge["temperature"], gauge["energy"]) == (412.0, 61, 5000.0)


def test_an_old_gpu_is_busy_and_its_blanks_are_unknown(library: Path):
    gauge = rounds(library)[1][1]
    assert (gauge["gpu"], gauge["source"], gauge["utilisation"]) == ("1 NVIDIA T4", "NVML busy", 0.77)
    assert gauge["power"] is None
    assert gauge["energy"] is None


def test_instances_of_a_split_gpu_are_reported_separately(library: Path):
    names = [gauge["gpu"] for gauge in rounds(library, "mig")[1]]
    assert names == ["0 NVIDIA H200 MIG 3", "0 NVIDIA H200 MIG 4", "1 NVIDIA T4"]
    part = rounds(library, "mig")[1][0]
    assert (part["source"], part["utilisation"]) == ("NVML GPM SM_UTIL", 0.635)
    assert part["memory_total"] == 20 * 2**30


@pytest.mark.spec("gpu-microservices/metrics/an-unknown-gpu-value-is-absent")
@pytest.mark.parametrize("mode", ["nodriver", "nolibrary"])
def test_no_driver_is_unavailable_and_never_zero(library: Path, mode: str):
    # Told once, and then over: where there is no driver, watching costs nothing.
    ((gauge, over),) = rounds(None if mode == "nolibrary" else library, mode)
    assert over is True
    assert (gauge["source"], gauge["utilisation"]) == ("unavailable", None)
