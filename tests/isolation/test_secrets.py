"""The canary test: a marker in every option that takes a secret, looked for in all that is written or printed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import corpus
from tests.deploy.prometheus_server import free_port

MINERU = [sys.executable, "-m", "mineru_cli"]
KEY, HEADER, PASSWORD = "canary-KEY-51", 'canary-HEADER-52 "quoted"', "canary-PASSWORD-53"
URL, DCGM, PROXY = "canary-URL-54/é", "canary-DCGM-55", "canary-PROXY-56"
OTEL, PUSH = "canary-OTEL-57", "canary-PUSH-58"
MARK = re.compile(rb"canary-(KEY|HEADER|PASSWORD|URL|DCGM|PROXY|OTEL|PUSH)-5\d", re.IGNORECASE)
MODEL = "opendatalab/MinerU2.5-Pro-2605-1.2B"


class Quoting(BaseHTTPRequestHandler):
    """A server that refuses every page and quotes the request's headers while it does so."""

    protocol_version = "HTTP/1.1"
    status = 400
    hold = 0.0

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            cards = [{"id": MODEL, "object": "model", "owned_by": "vllm", "max_model_len": 16384}]
            self.answer(200, {"object": "list", "data": cards})
        else:
            self.answer(200 if self.path in ("/health", "/version") else 404, {"version": "0.28.0"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b"Is this an image?" in body:
            choice = {"message": {"content": "yes"}, "finish_reason": "stop"}
            self.answer(200, {"choices": [choice], "model": MODEL})
            return
        time.sleep(self.hold)
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        self.answer(self.status, {"error": {"message": f"headers were: {json.dumps(dict(self.headers))}"}})

    def answer(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        pass


class Server:
    def __init__(self, status: int = 400, hold: float = 0.0) -> None:
        self.seen: list[dict[str, str]] = []
        handler = type("Handler", (Quoting,), {"status": status, "hold": hold, "seen": self.seen})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.place = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.pdf").write_bytes(corpus.text_pdf([corpus.prose(name, 0)]))
    (tmp_path / "in" / "locked.pdf").write_bytes(corpus.encrypted_pdf(["secret"], "another password"))
    return tmp_path


@pytest.fixture
def environment() -> dict[str, str]:
    proxy = f"http://user:{PROXY}@127.0.0.1:9"
    return {**os.environ, "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}


def run(folder: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*MINERU, *words], cwd=folder, env=environment, capture_output=True, timeout=110, check=False
    )
    text = done.stdout + done.stderr
    assert b"Traceback" not in text, text.decode()
    assert leaks(text) == [], text.decode()
    return done


def leaks(data: bytes) -> list[bytes]:
    """What was found; logins are looked for as the Basic scheme writes them, too."""
    found = [hit[0] for hit in MARK.finditer(data)]
    logins = (b64encode(f"user:{one}".encode()) for one in (URL, DCGM, PROXY, PUSH))
    return found + [login for login in logins if login in data]


def assert_no_file_has_a_secret(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "ledger.db" for path in files)
    assert {str(path): hit for path in files if (hit := leaks(path.read_bytes()))} == {}


def state_modes(out: Path) -> dict[str, int]:
    state = (out / ".mineru-batch").iterdir()
    return {path.name: path.stat().st_mode & 0o077 for path in state if path.is_file()}


def reports(folder: Path, environment: dict[str, str]) -> None:
    """Everything that shows a run."""
    run(folder, environment, "runs", "show", "out")
    run(folder, environment, "runs", "show", "out", "--json")
    run(folder, environment, "runs", "show", "out", "--html", "shown.html")
    run(folder, environment, "runs", "failures", "out", "--json")


def secrets(place: str) -> list[str]:
    return [
        "--server-url", f"http://{place}", "--api-key", KEY, "--header", f"X-Api-Key: {HEADER}",
        "--password", PASSWORD, "--dcgm-url", f"http://user:{DCGM}@{place}/dcgm", "--server-wait", "2",
    ]  # fmt: skip


@pytest.mark.spec("mineru-service/secrecy/a-server-that-quotes-the-request-gives-nothing-away")
@pytest.mark.parametrize("progress", ["log", "json", "none"])
def test_a_server_that_quotes_the_request(progress: str, folder: Path, environment: dict[str, str]):
    with Server() as server:
        words = ["convert", "in", "-o", "out", *secrets(server.place), "--report", "report.html"]
        done = run(folder, environment, *words, "--progress", progress)
        assert done.returncode == 1
        assert server.seen[0]["authorization"] == f"Bearer {KEY}"
        assert server.seen[0]["x-api-key"] == HEADER
        reports(folder, environment)
    assert_no_file_has_a_secret(folder)
    assert "headers were" in (folder / "out" / ".mineru-batch" / "failures.jsonl").read_text()
    assert set(state_modes(folder / "out").values()) == {0}


@pytest.mark.parametrize("status", [400, 401, 500])
def test_logins_in_urls(status: int, folder: Path, environment: dict[str, str]):
    from urllib.parse import quote

    with Server(status) as server:
        url = f"http://user:{quote(URL, safe='')}@{server.place}"
        words = ["convert", "in", "-o", "out", "--server-url", url, "--server-wait", "2"]
        done = run(folder, environment, *words, "--progress", "log", "--report", "report.html")
        assert done.returncode == (1 if status == 400 else 4)
        assert server.seen[0]["authorization"] == "Basic " + b64encode(f"user:{URL}".encode()).decode()
        reports(folder, environment)
        for command in (["doctor", "--json"], ["server", "status"], ["server", "status", "--json"]):
            run(folder, environment, *command, "--server-url", url)
        run(folder, environment, "server", "wait", "--server-url", url, "--timeout", "1")
    assert_no_file_has_a_secret(folder)


def test_a_run_that_gives_up_prints_a_command_without_secrets(folder: Path, environment: dict[str, str]):
    with Server(503) as server:
        done = run(folder, environment, "convert", "in", "-o", "out", *secrets(server.place))
    assert done.returncode == 4
    resume = next(line for line in done.stdout.decode().splitlines() if line.strip().startswith("resume"))
    assert '--api-key "$MINERU_BATCH_API_KEY"' in resume
    assert "--header 'X-Api-Key: ***'" in resume
    assert_no_file_has_a_secret(folder)


@pytest.mark.spec("mineru-service/secrecy/a-killed-run-leaves-no-secret-behind")
def test_after_kill_9(folder: Path, environment: dict[str, str]):
    with Server(hold=5.0) as server:
        words = ["convert", "in", "-o", "out", *secrets(server.place), "--progress", "json"]
        process = subprocess.Popen([*MINERU, *words], cwd=folder, env=environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        for line in process.stdout:
            assert leaks(line) == []
            if b'"document-started"' in line:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        reports(folder, environment)
        retry = run(folder, environment, "runs", "retry", "out", "--progress", "log")
    assert retry.returncode == 2
    assert b"--header 'X-Api-Key: VALUE'" in retry.stderr
    assert_no_file_has_a_secret(folder)


def test_a_login_and_a_key_exclude_each_other(folder: Path, environment: dict[str, str]):
    words = ["--server-url", f"http://user:{URL}@127.0.0.1:9", "--api-key", KEY]
    assert run(folder, environment, "convert", "in", *words).returncode == 2
    run(folder, environment, "doctor", *words)


@contextmanager
def quoting_collector() -> Iterator[tuple[str, list[dict[str, str]], list[bytes]]]:
    """Takes spans and metrics, and refuses each with a message that quotes the request's headers."""
    headers: list[dict[str, str]] = []
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(400, f"refused: {json.dumps(dict(self.headers))}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_POST

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", headers, bodies
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.spec("mineru-service/secrecy/observability-gives-nothing-away")
@pytest.mark.parametrize("status", [400, 500])
def test_logs_metrics_and_traces_hold_no_secret(status: int, folder: Path, environment: dict[str, str]):
    with Server(status, hold=0.3) as server, quoting_collector() as (place, headers, bodies):
        words = [
            "convert", "in", "-o", "out", *secrets(server.place), "--progress", "json",
            "--log-file", "run.log", "--metrics-textfile", "run.prom", "--metrics-port", str(port := free_port()),
            "--pushgateway", f"http://user:{PUSH}@{place}",
        ]  # fmt: skip
        otel = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{place}",
            "OTEL_EXPORTER_OTLP_HEADERS": f"x-token={OTEL}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "NO_PROXY": "127.0.0.1",
        }
        pages: list[bytes] = []
        ended = threading.Event()
        scraping = threading.Thread(target=scrape, args=(port, pages, ended))
        scraping.start()
        try:
            done = run(folder, {**environment, **otel}, *words)
        finally:
            ended.set()
            scraping.join()
        assert done.returncode == (1 if status == 400 else 4)
        reports(folder, environment)
    assert {one["x-token"] for one in headers if "x-token" in one} == {OTEL}, "the exporter sent it"
    login = "Basic " + b64encode(f"user:{PUSH}".encode()).decode()
    assert {one["authorization"] for one in headers if "authorization" in one} == {login}
    assert any(b"mineru_batch_run_active" in page for page in pages)
    assert any(b"mineru_batch.page.number" in body for body in bodies), "also of pages that never ended"
    assert any(b"mineru_batch.run.id" in body for body in bodies)
    assert [hit for data in (*pages, *bodies) for hit in leaks(data)] == []
    for name in ("run.log", "run.prom"):
        assert (folder / name).stat().st_size > 0
    assert "refused: " in (folder / "run.log").read_text(), "the log quotes the Pushgateway"
    texts = [one["text"] for one in map(json.loads, done.stdout.splitlines()) if one["event"] == "notice"]
    assert any("traces do not reach the collector" in text for text in texts)
    assert_no_file_has_a_secret(folder)


def scrape(port: int, pages: list[bytes], ended: threading.Event) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while not ended.wait(0.1):
        with suppress(OSError), opener.open(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
            pages.append(reply.read())
