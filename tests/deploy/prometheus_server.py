"""A real Prometheus on loopback for the length of a test, and the questions a test asks it."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

RULES = Path(__file__).resolve().parents[2] / "deploy/prometheus"
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(what: str, happened: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """The first true value of ``happened``; a deadline only to give up."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            if value := happened():
                return value
        except (OSError, ValueError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"{what} did not happen within {patience:.0f} s")


class Prometheus:
    """Queries of a running server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **query: str) -> Any:
        address = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(address, timeout=10) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # not ready yet
                raise
            raise AssertionError(f"{query}: {error.read().decode()}") from None

    def query(self, expression: str) -> list[Any]:
        return self.get("/api/v1/query", query=expression)["result"]

    def alerts(self, state: str) -> set[str]:
        return {
            one["labels"]["alertname"]
            for one in self.get("/api/v1/alerts")["alerts"]
            if one["state"] == state
        }


@contextmanager
def prometheus(
    folder: Path, targets: dict[str, int], *, rules: Sequence[Path] = (), alertmanager: int | None = None
) -> Iterator[Prometheus]:
    """Scrape ``targets`` (job to port) every second and evaluate ``rules`` every second."""
    port = free_port()
    config: dict[str, Any] = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(path) for path in rules],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{at}"]}]}
            for job, at in targets.items()
        ],
    }
    if alertmanager is not None:
        manager = {"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}
        config["alerting"] = {"alertmanagers": [manager]}
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(config))  # JSON is YAML
    command = [
        "prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
    ]  # fmt: skip
    with (
        (folder / "prometheus.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            server = Prometheus(f"http://127.0.0.1:{port}")
            wait_for("Prometheus's start", lambda: server.query("vector(1)"))
            yield server
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of a server with this handler."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def page(text: bytes | Callable[[], bytes]) -> Iterator[int]:
    """A server that answers every GET with a text."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text() if callable(text) else text
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Handler) as port:
        yield port
