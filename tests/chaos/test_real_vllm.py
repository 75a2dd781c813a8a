"""Against a real vLLM (CPU build, dummy weights): the text is nonsense, the contract is real.

``pytest -m real_vllm``, not part of the default run: it installs 3.5 GB and wants both cores. ``REAL_VLLM_VENV``
names an installed environment of ``../shared/tools/real-vllm``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import corpus
import pytest

from tests.chaos.command import Command, convert, summary

pytestmark = [pytest.mark.real_vllm, pytest.mark.timeout(1500)]
PORT = 8111
URL = f"http://127.0.0.1:{PORT}"


class RealServer:
    def __init__(self, script: Path, log: Path) -> None:
        self.script = script
        self.log = log

    def start(self) -> None:
        venv = os.environ.get("REAL_VLLM_VENV")
        where = ["--venv", venv] if venv else []
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.script), "--port", str(PORT), *where],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + 900
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                urllib.request.urlopen(URL + "/health", timeout=5).close()
                return
            except OSError:
                time.sleep(2)
        raise AssertionError("vLLM never came up")

    def stop(self, number: int = signal.SIGTERM) -> None:
        os.killpg(self.process.pid, number)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    script = Path(__file__).resolve().parents[3] / "shared/tools/real-vllm"
    if not script.is_file():
        pytest.skip("../shared/tools/real-vllm is not there")
    server = RealServer(script, tmp_path_factory.mktemp("vllm") / "log")
    server.start()
    yield server
    server.stop(signal.SIGKILL)


@pytest.fixture
def pdfs(tmp_path: Path) -> Path:
    folder = tmp_path / "pdfs"
    folder.mkdir()
    for number in range(4):
        pages = [corpus.prose(f"real{number}", page) for page in range(2)]
        (folder / f"real{number}.pdf").write_bytes(corpus.text_pdf(pages))
    return folder


@pytest.mark.spec("gpu-microservices/openai-compatible-api/a-real-vllm-answers")
def test_pages_are_requested_and_answered(vllm: RealServer, tmp_path: Path, pdfs: Path) -> None:
    """With dummy weights no layout is ever a layout, so one request a page is asked for as Markdown."""
    out = tmp_path / "out"
    run = convert(tmp_path, pdfs, "-o", out, "--server-url", URL, "--recipe", "markdown", "--max-tokens", 24)
    assert run.process.returncode in (0, 1), run.errors()
    counts = summary(out)
    assert counts["documents"]["total"] == 4
    assert counts["requests"]["sent"] >= 8
    assert counts["server"]["model"] == "mineru"
    assert not {"server-fault", "request-rejected", "invalid-reply"} & set(counts["failures_by_class"])
    gauges = run.events("server-gauge")
    assert gauges
    assert gauges[-1]["running"] is not None


@pytest.mark.spec("gpu-microservices/graceful-stop/a-real-vllm-restarts-during-a-run")
def test_a_run_outlives_the_servers_sigterm_and_restart(vllm: RealServer, tmp_path: Path, pdfs: Path) -> None:
    out = tmp_path / "out"
    run = Command(
        tmp_path, pdfs, "-o", out, "--server-url", URL, "--recipe", "markdown", "--max-tokens", 400,
        "--concurrency", 2,
    )  # fmt: skip
    run.wait_for(lambda run: any(event["in_flight"] for event in run.events("worker-gauge")))
    time.sleep(2)
    vllm.stop()
    assert run.process.poll() is None, "it was over before the server was"
    vllm.start()
    assert run.process.wait(600) in (0, 1), run.errors()
    states = [event["state"] for event in run.events("breaker-changed")]
    assert "open" in states
    assert states[-1] == "closed"
    counts = summary(out)
    print(
        states,
        [event["code"] for event in run.events("request-retried")],
        counts["requests"],
        counts["pages"],
    )
    assert counts["outcome"] == "finished"
    assert counts["documents"]["done"] + counts["documents"]["partial"] + counts["documents"]["failed"] == 4
    lost = {
        "server-unreachable",
        "request-taken-back",
        "generation-aborted",
        "request-timeout",
        "server-fault",
    }
    assert not lost & set(counts["failures_by_class"]), "the server's death cost a page"
