"""Debian's Pushgateway gets what a run counted, and that is what the run's ledger holds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import corpus
import pytest
from prometheus_client.parser import text_string_to_metric_families
from vllm_double import Double

from tests.chaos.command import Command
from tests.deploy.prometheus_server import free_port, wait_for

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus-pushgateway") is None, reason="apt install prometheus-pushgateway"
)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@contextmanager
def pushgateway(folder: Path) -> Iterator[str]:
    port = free_port()
    command = ["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}"]
    with (
        (folder / "pushgateway.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for("the Pushgateway's start", lambda: page_of(url))
            yield url
        finally:
            process.terminate()
            process.wait(20)


def page_of(url: str) -> str:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as reply:
        return reply.read().decode()


def pushed(text: str) -> Samples:
    """The samples of our job, by name and labels other than those of the gateway."""
    return {
        (one.name.removeprefix("mineru_batch_"), tuple(sorted(labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if (labels := dict(one.labels)).pop("job", "") == "mineru_batch" and labels.pop("instance", "")
    }


def by(samples: Samples, name: str, label: str) -> dict[str, float]:
    return {dict(labels)[label]: value for (one, labels), value in samples.items() if one == name and value}


def test_what_was_counted_through_kills_and_retries_is_what_the_ledger_holds(tmp_path):
    pdfs, out = tmp_path / "pdfs", tmp_path / "out"
    pdfs.mkdir()
    for number in range(8):
        pages = [corpus.prose(f"doc{number}", page) for page in range(4)]
        (pdfs / f"doc{number}.pdf").write_bytes(corpus.text_pdf(pages))
    (pdfs / "broken.pdf").write_bytes(b"%PDF-1.6 and nothing else")
    with Double(slots=6, layout_seconds=0.05, block_seconds=0.03) as double, pushgateway(tmp_path) as url:
        double.control(faults=[{"kind": "500", "p": 0.05}, {"kind": "reset", "p": 0.03}])
        run = Command(
            tmp_path, pdfs, "-o", out, "--server-url", double.url, "--text", "model", "--workers", "2",
            "--pushgateway", url,
        )  # fmt: skip
        for pages, worker in ((2, 0), (8, -1)):
            run.wait_for_pages(pages)
            os.kill(run.worker_pids()[worker], signal.SIGKILL)
        assert run.wait() == 1, run.errors()
        samples = pushed(page_of(url))
    with sqlite3.connect(out / ".mineru-batch/ledger.db") as ledger:
        documents = dict(ledger.execute("SELECT status, count(*) FROM documents GROUP BY status"))
        pages_by = dict(ledger.execute("SELECT status, count(*) FROM pages GROUP BY status"))
        requests, retried = ledger.execute("SELECT sum(requests), sum(retried) FROM pages").fetchone()
        codes = dict(ledger.execute("SELECT code, count(*) FROM documents WHERE code <> '' GROUP BY code"))
    ledger.close()
    assert by(samples, "documents_total", "outcome") == documents == {"done": 8, "failed": 1}
    assert by(samples, "pages_total", "outcome") == pages_by == {"done": 32}
    assert by(samples, "requests_total", "outcome") == {"answered": requests - retried, "retried": retried}
    assert by(samples, "failures_total", "code") == codes == {"document-corrupt": 1}
    ended = Counter(event["reason"] for event in run.events("worker-stopped"))
    del ended["finished"]
    assert by(samples, "worker_restarts_total", "reason") == ended == {"killed": 2}
    assert (
        sum(by(samples, "retries_total", "code").values())
        == len(run.events("request-retried"))
        >= retried
        > 0
    )
    report = json.loads((out / ".mineru-batch/run.json").read_text())
    assert report["requests"]["sent"] == requests
    assert (samples["run_active", ()], samples["run_exit_code", ()]) == (0, 1)
    assert samples["page_duration_seconds_count", ()] == 32
