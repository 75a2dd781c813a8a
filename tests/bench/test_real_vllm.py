"""Against a real vLLM (CPU build, dummy weights): the text is nonsense, load, histograms and caches are real.

``pytest -m real_vllm``, not part of the default run; see ``tests/chaos/test_real_vllm.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.test_real_vllm import URL, RealServer

pytestmark = [pytest.mark.real_vllm, pytest.mark.timeout(1500)]
SCRIPT = Path(__file__).resolve().parents[3] / "shared/tools/real-vllm"


@pytest.fixture(scope="module", params=["1", "0"], ids=["dev mode", "as it comes"])
def vllm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bool]:
    """A server, and whether its caches may be emptied."""
    if not SCRIPT.is_file():
        pytest.skip("../shared/tools/real-vllm is not there")
    server = RealServer(SCRIPT, tmp_path_factory.mktemp("vllm") / "log")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLLM_SERVER_DEV_MODE", request.param)
        server.start()
    yield request.param == "1"
    server.stop()


def test_it_runs_reads_histograms_and_empties_caches_or_says_why_not(vllm: bool, tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    options = ["--recipe", "markdown", "--max-tokens", "16", "--sweep", "1,2,4", "--duration", "12"]
    run = subprocess.run(
        [sys.executable, "-m", "mineru_cli", "bench", "--server-url", URL, *options, "--repeats", "1",
         "--workers", "1", "--warm-up", "2", "--json", str(path), "--html", str(tmp_path / "bench.html")],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    print(run.stdout)
    assert run.returncode == 0, run.stderr
    found = json.loads(path.read_text())
    for name in ("prefix cache", "image cache"):
        assert found["caches"][name]["reset"] is vllm
        assert vllm or "VLLM_SERVER_DEV_MODE" in found["caches"][name]["reason"]
    for level in found["levels"]:
        run_of_it = level["runs"][0]
        server, totals = run_of_it["server"], run_of_it["totals"]
        assert level["errors"] == 0
        assert 0 < server["ttft_p50"] <= server["ttft_p95"]
        assert server["queue_mean"] >= 0
        assert server["running"] > 0
        assert server["prompt_tokens"] > 0
        assert server["completion_tokens"] > 0
        assert server["finished"]
        assert totals["completion_tokens"] <= 16 * totals["requests"]
        assert 0 <= server["image_cache_hits"] <= 1
