"""Puts an image to work: time to the first request or until healthy, and what SIGTERM does.

Called by build-and-run with the target, the image and the command that runs a container. Needs the packages
of this checkout.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

TEMPORARY = "/tmp"  # noqa: S108 - inside the container
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from vllm_double import Double  # noqa: E402


def say(line: str) -> None:
    """One line of the report, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def command(double: Double, image: str, run: list[str], out: str) -> list[str]:
    """A conversion of the examples in a container that may write nothing but its output."""
    mounts = ["--volume", f"{ROOT}/examples/pdfs:/data/in:ro", "--volume", f"{out}:/data/out"]
    mounts += ["--read-only", "--tmpfs", TEMPORARY, "--network", "host"]
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


def serve(image: str, run: list[str]) -> None:
    """The embedded engine in its image: time until it is healthy, one document read, SIGTERM."""
    port = "18999"
    url = f"http://127.0.0.1:{port}"
    mounts = ["--read-only", "--tmpfs", TEMPORARY, "--network", "host"]
    began = time.perf_counter()
    process = subprocess.Popen([*run, *mounts, image, "server", "embedded", "--port", port])
    while not healthy(url):
        if process.poll() is not None:
            raise SystemExit("the engine ended")
        time.sleep(0.05)
    say(f"podman run to healthy: {time.perf_counter() - began:.1f} s")
    with tempfile.TemporaryDirectory() as out:
        convert = [sys.executable, "-m", "mineru_cli", "convert", str(ROOT / "examples/pdfs/letter-scan.pdf")]
        command = [*convert, "-o", f"{out}/run", "--server-url", url, "--progress", "none"]
        began = time.perf_counter()
        subprocess.run(command, check=True, cwd=ROOT)
        say(f"one scanned page read: {time.perf_counter() - began:.1f} s")
    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=60)
    say(f"SIGTERM: exit code {code}")
    if code:
        raise SystemExit(code)


def healthy(url: str) -> bool:
    """Whether the engine has loaded its models."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:  # noqa: S310
            return answer.status == 200
    except OSError:
        return False


def main(image: str, run: list[str]) -> None:
    """The worker: both exercises."""
    with Double(model="mineru") as double, tempfile.TemporaryDirectory() as out:
        process, began = start(double, image, run, out)
        first = until_first_request(double, process, began)
        said, _ = process.communicate(timeout=300)
        if process.returncode != 0:
            raise SystemExit(said)
        say(f"podman run to the first request: {first:.2f} s")
        say(f"all examples: {time.perf_counter() - began:.1f} s")
    with Double(model="mineru", block_seconds=2.0) as double, tempfile.TemporaryDirectory() as out:
        process, began = start(double, image, run, out)
        until_first_request(double, process, began)
        time.sleep(1.0)
        asked = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=120)
        say(f"SIGTERM to exit: {time.perf_counter() - asked:.1f} s, exit code {process.returncode}")
        if process.returncode != 130:
            raise SystemExit(said)


if __name__ == "__main__":
    (serve if sys.argv[1] == "engine" else main)(sys.argv[2], sys.argv[3:])
