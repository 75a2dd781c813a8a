"""Runs the worker image against a simulated server: time to the first request, and what SIGTERM does.

Called by build-and-run with the image and the command that runs a container. Needs this checkout's packages.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from vllm_double import Double  # noqa: E402


def command(double: Double, image: str, run: list[str], out: str) -> list[str]:
    """A conversion of the examples in a container that may write nothing but its output."""
    mounts = ["--volume", f"{ROOT}/examples/pdfs:/data/in:ro", "--volume", f"{out}:/data/out"]
    mounts += ["--read-only", "--tmpfs", "/tmp", "--network", "host"]
    convert = ["convert", "/data/in", "-o", "/data/out", "--server-url", double.url, "--progress", "log"]
    return [*run, *mounts, image, *convert]


def until_first_request(double: Double, process: subprocess.Popen[str], began: float) -> float:
    """Seconds until the server got its first request. Raises when the container ends before."""
    while not double.stats()["requests"]:
        if process.poll() is not None:
            raise SystemExit(f"the container ended: {process.communicate()}")
        time.sleep(0.005)
    return time.perf_counter() - began


def start(double: Double, image: str, run: list[str], out: str) -> tuple[subprocess.Popen[str], float]:
    """The container, and the time its run was asked for."""
    Path(out).chmod(0o777)
    began = time.perf_counter()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command(double, image, run, out), text=True, **pipes), began


def main(image: str, run: list[str]) -> None:
    """Both exercises, reported on stdout; a failure ends with a message."""
    with Double(model="mineru") as double, tempfile.TemporaryDirectory() as out:
        process, began = start(double, image, run, out)
        first = until_first_request(double, process, began)
        said, _ = process.communicate(timeout=300)
        if process.returncode != 0:
            raise SystemExit(said)
        print(f"podman run to the first request: {first:.2f} s; all examples: {time.perf_counter() - began:.1f} s")
    with Double(model="mineru", block_seconds=2.0) as double, tempfile.TemporaryDirectory() as out:
        process, began = start(double, image, run, out)
        until_first_request(double, process, began)
        time.sleep(1.0)
        asked = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=120)
        print(f"SIGTERM to exit: {time.perf_counter() - asked:.1f} s, exit code {process.returncode}")
        if process.returncode != 130:
            raise SystemExit(said)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
