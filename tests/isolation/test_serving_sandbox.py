"""The processes behind ``runs view`` and the embedded engine: they serve, and are refused everything else."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.http.server import allowed as allowed_to_the_engine
from mineru_cli.isolation.sandbox import KNOWS_PORTS, landlock_version
from mineru_cli.ui.viewer.serve import allowed as allowed_to_the_viewer
from tests.embedded.drawn import page
from tests.isolation.attempts import ATTEMPTS, REFUSED
from tests.ui.run_folders import folder_of_a_run

CONFINES = landlock_version() >= KNOWS_PORTS
ON_A_REQUEST = (
    ATTEMPTS
    + """
if os.environ["SNOOP_IN"] in " ".join(sys.orig_argv) and "drawing" not in " ".join(sys.orig_argv):
    report = os.open(os.environ["SNOOP_TO"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    own, foreign, port = os.environ["SNOOP"].split("|")

    def snooping(function):
        def snoop(*given, **named):
            if os.lseek(report, 0, os.SEEK_CUR) == 0:
                found = attempts(own, foreign, port)
                found["new socket"] = tried(lambda: socket.socket().bind(("127.0.0.1", 0)))
                os.write(report, json.dumps(found).encode())
            return function(*given, **named)
        return snoop

    if "embedded" in os.environ["SNOOP_IN"]:
        import PIL.Image
        PIL.Image.open = snooping(PIL.Image.open)
    else:
        import http.server
        handler = http.server.BaseHTTPRequestHandler
        handler.parse_request = snooping(handler.parse_request)
"""
)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "kept").write_text("theirs")
    return folder


@contextmanager
def serving(tmp_path: Path, own: Path, foreign: Path, where: str, command: list[str]) -> Iterator[str]:
    """The first line of a command that serves; in its process the attempts are made at the first request."""
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(ON_A_REQUEST)
    root = str(Path(__file__).parents[2])
    with socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.listen()
        environ = {
            **os.environ,
            "PYTHONPATH": f"{hook}{os.pathsep}{root}",
            "SNOOP": f"{own}|{foreign}|{elsewhere.getsockname()[1]}",
            "SNOOP_IN": where,
            "SNOOP_TO": str(tmp_path / "found.json"),
        }
        with subprocess.Popen(
            [sys.executable, "-m", "mineru_cli", *command],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ,
        ) as process:  # fmt: skip
            assert process.stdout
            try:
                yield process.stdout.readline()
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=60)
            finally:
                process.kill()
    assert (process.returncode, errors) == (0, "")


def found_in(tmp_path: Path) -> dict[str, object]:
    return json.loads((tmp_path / "found.json").read_text())


def ask(url: str, data: bytes | None = None) -> bytes:
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
        return bytes(answer.read())


def loaded(url: str) -> bool:
    """Whether the engine has its models; raises when it is gone."""
    try:
        ask(f"{url}/health")
        return True
    except urllib.error.HTTPError as error:
        with error:
            return False


def assert_refused(found: dict[str, object], mode: str, *also: str) -> None:
    refused = {name: found[name] for name in (*REFUSED, "new socket", *also)}
    confined = CONFINES and mode != "off"
    assert refused == dict.fromkeys(refused, "PermissionError" if confined else "done")


@pytest.mark.parametrize("mode", ["auto", "off"])
def test_the_viewer_shows_everything_and_is_refused_the_rest(tmp_path: Path, foreign: Path, mode: str):
    out = folder_of_a_run(tmp_path)
    (out / "own.txt").write_text("mine")
    options = ["runs", "view", str(out), "--no-open", "--baseline", str(out), "--sandbox", mode]
    with serving(tmp_path, out, foreign, "runs view", options) as line:
        url = line.split()[-1]
        key = urllib.parse.quote("plain/letter")
        assert json.loads(ask(f"{url}documents"))["total"]
        assert json.loads(ask(f"{url}page?key={key}&page=0"))["blocks"]
        assert json.loads(ask(f"{url}find?text=e"))["documents"]
        assert json.loads(ask(f"{url}difference?key={key}&page=0"))["difference"]["match"] == 1.0
        assert ask(f"{url}picture?key={key}&page=0").startswith(b"\x89PNG")
        assert b"<html" in ask(f"{url}report")
    found = found_in(tmp_path)
    assert found["own read"] == "done"
    assert_refused(found, mode, "own write")


def test_the_viewer_may_write_next_to_the_ledger_only(tmp_path: Path):
    needed = allowed_to_the_viewer(tmp_path / "out", tmp_path / "base")
    assert needed.write == (tmp_path / "out" / ".mineru-batch", Path("/dev/null"))
    assert {tmp_path / "out", tmp_path / "base"} <= set(needed.read)
    assert needed.connect == ()


@pytest.mark.parametrize("mode", ["auto", "off"])
def test_the_embedded_engine_reads_pages_and_is_refused_the_rest(tmp_path: Path, foreign: Path, mode: str):
    pytest.importorskip("rapidocr", reason="the extra [embedded] is not installed")
    from tests.embedded.http.test_protocol import image_part

    sheet = io.BytesIO()
    page().save(sheet, "PNG")
    question = {
        "model": "mineru-embedded-cpu",
        "messages": [
            {
                "role": "user",
                "content": [image_part(sheet.getvalue()), {"type": "text", "text": "Text Recognition:"}],
            }
        ],
    }
    options = ["server", "embedded", "--port", "0", "--threads", "1", "--sandbox", mode]
    with serving(tmp_path, tmp_path, foreign, "server embedded", options) as line:
        url = json.loads(line)["url"]
        while not loaded(url):
            time.sleep(0.1)
        reply = json.loads(ask(f"{url}/v1/chat/completions", json.dumps(question).encode()))
        assert reply["choices"][0]["message"]["content"].strip()
    assert_refused(found_in(tmp_path), mode, "own write")


def test_the_engine_reads_its_packages_and_writes_nothing(tmp_path: Path):
    needed = allowed_to_the_engine(EmbeddedConfig(recogniser_folder=tmp_path))
    assert tmp_path in needed.read
    assert (needed.write, needed.connect) == ((Path("/dev/null"),), ())
    for place in ("/", "/etc", "/home", "/root", "/tmp", "/proc", "/run", "/var", "/usr"):
        assert Path(place) not in needed.read
