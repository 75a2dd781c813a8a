"""A real run whose server dies: the alert is pending, fires, and reaches a receiver behind Alertmanager."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import corpus
import pytest
import yaml
from vllm_double import DoubleProcess

from tests.chaos.command import Command
from tests.deploy.prometheus_server import RULES, free_port, prometheus, serving, wait_for

pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("prometheus", "prometheus-alertmanager")),
    reason="apt install prometheus prometheus-alertmanager",
)
SLOW = ("--slots", "8", "--layout-seconds", "0.06", "--block-seconds", "0.03")


def hurried(folder: Path) -> list[Path]:
    """The very rules, with seconds for minutes: what is tested is the way from a fault to a receiver."""
    made = []
    for name in ("recording.rules.yml", "alerts.rules.yml"):
        rules = yaml.safe_load((RULES / name).read_text())
        for group in rules["groups"]:
            group["interval"] = "1s"
            for rule in group["rules"]:
                rule["expr"] = re.sub(r"\[\d+m\]", "[10s]", rule["expr"])
                if "for" in rule:
                    rule["for"] = "2s"
        path = folder / name
        path.write_text(json.dumps(rules))
        made.append(path)
    return made


@contextmanager
def receiver(got: list[dict[str, Any]]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Handler) as port:
        yield port


@contextmanager
def alertmanager(folder: Path, receiver_port: int) -> Iterator[int]:
    port = free_port()
    hook = {"url": f"http://127.0.0.1:{receiver_port}/", "send_resolved": True}
    config = {
        "route": {"receiver": "hook", "group_wait": "1s", "group_interval": "1s", "repeat_interval": "1h"},
        "receivers": [{"name": "hook", "webhook_configs": [hook]}],
    }
    path = folder / "alertmanager.yml"
    path.write_text(json.dumps(config))
    command = [
        "prometheus-alertmanager", f"--config.file={path}", f"--storage.path={folder / 'alerts'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=warn",
    ]  # fmt: skip
    with (
        (folder / "alertmanager.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            yield port
        finally:
            process.terminate()
            process.wait(20)


def received(got: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """The first alert of this name that the receiver got; others may fire in the same outage."""
    firing = (alert for one in list(got) if one["status"] == "firing" for alert in one["alerts"])
    return next((alert for alert in firing if alert["labels"]["alertname"] == name), None)


def counted(text: str, name: str, **labels: str) -> float:
    wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return float(re.search(rf"^{name}\{{{wanted}\}} (\S+)$", text, re.MULTILINE)[1])


@pytest.mark.spec("gpu-microservices/metrics/an-outage-raises-and-clears-an-alert")
@pytest.mark.timeout(300)
def test_an_outage_is_seen_alerted_and_over(tmp_path):
    pdfs, out, textfile, port = tmp_path / "pdfs", tmp_path / "out", tmp_path / "run.prom", free_port()
    pdfs.mkdir()
    for number in range(12):
        pages = [corpus.prose(f"doc{number}", page) for page in range(4)]
        (pdfs / f"doc{number:02}.pdf").write_bytes(corpus.text_pdf(pages))
    got: list[dict[str, Any]] = []
    with (
        DoubleProcess(*SLOW) as double,
        receiver(got) as hook,
        alertmanager(tmp_path, hook) as manager,
        prometheus(tmp_path, {"mineru-batch": port}, rules=hurried(tmp_path), alertmanager=manager) as server,
    ):
        run = Command(
            tmp_path, pdfs, "-o", out, "--server-url", double.url, "--workers", "2",
            "--metrics-port", str(port), "--metrics-textfile", textfile,
        )  # fmt: skip
        run.wait_for_pages(3)
        wait_for("a scrape of the run", lambda: server.query("mineru_batch_pages_total"))
        assert "MineruBatchBreakerOpen" not in server.alerts("firing")
        double.kill()
        wait_for("the alert to be pending", lambda: "MineruBatchBreakerOpen" in server.alerts("pending"))
        wait_for("the alert to fire", lambda: "MineruBatchBreakerOpen" in server.alerts("firing"))
        fired = wait_for("the receiver", lambda: received(got, "MineruBatchBreakerOpen"))
        assert fired["labels"]["server"] == double.url
        assert fired["annotations"]["runbook_url"].endswith("#minerubatchbreakeropen")
        double.start()
        wait_for("the alert's end", lambda: "MineruBatchBreakerOpen" not in server.alerts("firing"))
        assert run.wait() == 0, run.errors()
    text = textfile.read_text()
    with sqlite3.connect(out / ".mineru-batch/ledger.db") as ledger:
        pages, requests, retried = ledger.execute(
            "SELECT count(*), sum(requests), sum(retried) FROM pages WHERE status = 'done'"
        ).fetchone()
    assert counted(text, "mineru_batch_pages_total", outcome="done") == pages == 48
    assert counted(text, "mineru_batch_documents_total", outcome="done") == 12
    assert counted(text, "mineru_batch_requests_total", outcome="answered") == requests - retried
    assert counted(text, "mineru_batch_requests_total", outcome="retried") == retried
    assert counted(text, "mineru_batch_breaker_openings_total", server=double.url) >= 1
