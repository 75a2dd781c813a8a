"""What a confined process is refused: foreign reads, foreign writes, programs, connections, signals, memory."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mineru_cli.domain.events import WorkerStarted
from mineru_cli.engine.messages import WorkerJob
from mineru_cli.engine.run_observers import SandboxReport
from mineru_cli.engine.worker import sandbox
from mineru_cli.engine.worker.sandbox import allowed
from mineru_cli.errors import SettingsError
from mineru_cli.isolation import sandbox_mode
from mineru_cli.isolation.sandbox import KNOWS_PORTS, KNOWS_SIGNALS, lacking, landlock_version
from mineru_cli.isolation.sandbox_mode import check_sandbox
from mineru_cli.settings import Settings
from mineru_cli.sources.inputs import input_places
from tests import corpus
from tests.chaos.command import convert, summary
from tests.isolation.attempts import ATTEMPTS, REFUSED
from tests.vllm_double import Double

CONFINES = pytest.mark.skipif(
    landlock_version() < KNOWS_PORTS, reason="the kernel has no Landlock with TCP rules"
)
CONFINED = (
    ATTEMPTS
    + """
from mineru_cli.isolation.sandbox import Allowed, confine
own, foreign, port, parent = sys.argv[1:]
privileges = lambda: [line.split()[1] for line in open("/proc/self/status") if line.startswith("NoNewPrivs")]
closed = confine(Allowed(read=(Path(own), Path("/proc/self"))), memory=256 * 2**20)
found = attempts(own, foreign, port)
found["closed"] = closed
found["memory"] = tried(lambda: bytearray(512 * 2**20))
found["signal"] = tried(lambda: os.kill(int(parent), 0))
found["privileges"] = privileges()
print(json.dumps(found))
"""
)
IN_A_WORKER = (
    ATTEMPTS
    + """
if "mineru_cli.engine.local.fork_server" in sys.orig_argv:
    import pypdfium2
    get_page = pypdfium2.PdfDocument.get_page
    def snoop(self, index):
        out, foreign, port = os.environ["SNOOP"].split("|")
        found = attempts(out, foreign, port)
        with open(out + "/found.json", "w") as file:
            json.dump(found, file)
        return get_page(self, index)
    pypdfium2.PdfDocument.get_page = snoop
"""
)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "kept").write_text("theirs")
    return folder


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def outcome(tmp_path: Path, foreign: Path, port: int) -> dict[str, object]:
    import os

    own = tmp_path / "own"
    own.mkdir()
    (own / "own.txt").write_text("mine")
    arguments = [str(own), str(foreign), str(port), str(os.getpid())]
    done = subprocess.run(
        [sys.executable, "-c", CONFINED, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


def test_everywhere_no_core_dump_and_bounded_memory(outcome):
    assert outcome["own read"] == "done"
    assert outcome["memory"] == "no memory"
    assert outcome["core"] == [0, 0]
    assert outcome["privileges"] == ["1"]


@CONFINES
def test_what_is_foreign_is_refused(outcome, foreign: Path):
    refused = (*REFUSED, "own write")
    assert {name: outcome[name] for name in refused} == dict.fromkeys(refused, "PermissionError")
    assert outcome["closed"] is True
    assert (foreign / "kept").read_text() == "theirs"
    if landlock_version() >= KNOWS_SIGNALS:
        assert outcome["signal"] == "PermissionError"


@pytest.mark.parametrize("mode", ["auto", "require", "off"])
def test_a_worker_that_reads_a_hostile_page_is_refused_the_same(
    tmp_path: Path, foreign: Path, port: int, mode: str
):
    if mode == "require" and landlock_version() < KNOWS_PORTS:
        pytest.skip("the kernel has no Landlock with TCP rules")
    inputs, out, hook = tmp_path / "in", tmp_path / "out", tmp_path / "hook"
    for folder in (inputs, out, hook):
        folder.mkdir()
    (inputs / "a.pdf").write_bytes(corpus.text_pdf(["A page."]))
    (out / "own.txt").write_text("mine")
    (hook / "sitecustomize.py").write_text(IN_A_WORKER)
    environ = {"PYTHONPATH": str(hook), "SNOOP": f"{out}|{foreign}|{port}"}
    with Double(slots=4) as double:
        run = convert(
            tmp_path, inputs, "-o", out, "--server-url", double.url, "--sandbox", mode, environ=environ
        )
    assert run.process.returncode == 0, run.errors()
    found = json.loads((out / "found.json").read_text())
    assert (found["own read"], found["own write"], found["core"]) == ("done", "done", [0, 0])
    confined = mode != "off" and landlock_version() >= KNOWS_PORTS
    refusals = {name: found[name] for name in REFUSED}
    if confined:
        assert refusals == dict.fromkeys(refusals, "PermissionError")
        assert summary(out)["sandbox"] == f"Landlock {landlock_version()}"
        assert (foreign / "kept").read_text() == "theirs"
    else:
        assert set(refusals.values()) == {"done"}
        assert summary(out)["sandbox"].startswith("not sandboxed: ")
    assert [event["sandboxed"] for event in run.events("worker-started")][:1] == [confined]


def job(**changes: object) -> WorkerJob:
    given = {"worker": 0, "settings": "", "output": "/out", "servers": ("http://gpu1:8000", "https://gpu2"),
             "model": "m", "recipe": "mineru", "text": "model", "limit": 1, "adaptive": False,
             "fingerprint": "f", "readable": ("/in",)}  # fmt: skip
    return WorkerJob(**{**given, **changes})  # type: ignore[arg-type]


def test_only_the_ports_of_servers_proxies_and_names_are_open():
    settings = Settings(ca_file=Path("/ca.pem"))
    found = allowed(job(), settings, {"HTTPS_PROXY": "http://proxy:3128", "SSL_CERT_FILE": "/own/ca"})
    assert found.connect == (53, 443, 3128, 8000)
    assert {Path("/in"), Path("/ca.pem"), Path("/own/ca")} <= set(found.read)
    assert found.write == (Path("/out"), Path("/dev/null"))
    for place in ("/", "/etc", "/home", "/root", "/tmp", "/proc", "/run", "/var", "/usr"):
        assert Path(place) not in found.read


IN_CONFINEMENT = """
import json, sys
from pathlib import Path
from mineru_cli.isolation.sandbox import Allowed, confine
from mineru_cli.output.tree.language import installed, language_of
closed = confine(Allowed(read=tuple(map(Path, json.loads(sys.argv[1])))))
cores = Path("/proc/cpuinfo").read_text().count("processor") > 0 and any(Path("/sys/devices/system/cpu").iterdir())
print(json.dumps([closed, cores, installed(), language_of("import os\\n\\ndef f(x):\\n    return os.path.join(x)\\n")]))
"""


@CONFINES
def test_a_listing_is_named_in_confinement_and_its_runtime_sees_the_processors():
    places = json.dumps([str(place) for place in allowed(job(), Settings(), {}).read])
    command = [sys.executable, "-c", IN_CONFINEMENT, places]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    closed, cores, installed, language = json.loads(done.stdout)
    assert (closed, cores) == (True, True)
    assert language == ("python" if installed else "txt")


def test_object_storage_needs_hosts_that_only_it_knows():
    found = allowed(job(readable=("s3://bucket/in",)), Settings(), {"HOME": "/home/me"})
    assert found.connect is None
    assert Path("/home/me/.aws") in found.read
    assert Path("/home/me") not in found.read


def test_inputs_are_readable_by_their_smallest_places(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pdfs" / "deep").mkdir(parents=True)
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        (tmp_path / name).touch()
    (tmp_path / "link.pdf").symlink_to(tmp_path / "pdfs" / "real.pdf")
    (tmp_path / "pdfs" / "real.pdf").touch()
    at = str(tmp_path)
    assert input_places(["a.pdf", "pdfs"]) == (f"{at}/a.pdf", f"{at}/pdfs")
    assert input_places(["pdfs/**/*.pdf"]) == (f"{at}/pdfs",)
    assert input_places(["link.pdf"]) == (f"{at}/pdfs/real.pdf",)
    assert input_places(["a.pdf", "b.pdf", "c.pdf"], most=2) == (at,)
    assert input_places(["a.pdf", "s3://bucket/x"]) == (f"{at}/a.pdf", "s3://bucket/x")


@pytest.mark.parametrize(
    ("version", "reason"), [(0, "no Landlock"), (1, "5.19"), (3, "6.7"), (4, ""), (7, "")]
)
def test_what_a_kernel_lacks_is_reported_and_refused_where_it_is_required(version: int, reason: str):
    assert reason in lacking(version)
    assert bool(lacking(version)) is bool(reason)
    check_sandbox("auto", version)
    check_sandbox("off", version)
    if reason:
        with pytest.raises(SettingsError, match="--sandbox require"):
            check_sandbox("require", version)
    else:
        check_sandbox("require", version)


def test_run_json_says_what_confined_the_workers():
    report = SandboxReport("auto")
    assert report.text == ""
    report(WorkerStarted(0, 1, 0.1, sandboxed=True), 0.0)
    assert report.text == f"Landlock {landlock_version()}"
    report(WorkerStarted(1, 2, 0.1), 0.0)
    assert report.text.startswith("not sandboxed: ")


def test_a_worker_that_the_kernel_does_not_confine_does_not_work_where_it_is_required(monkeypatch):
    monkeypatch.setattr(sandbox_mode, "confine", lambda *given, **options: False)
    assert sandbox.enter_sandbox(job(), Settings(), {}) is False
    for version, reason in ((7, "the kernel refused"), (3, "6.7")):
        monkeypatch.setattr(sandbox_mode, "landlock_version", lambda version=version: version)
        with pytest.raises(SettingsError, match=f"a worker on .* is not confined: .*{reason}"):
            sandbox.enter_sandbox(job(), Settings(sandbox="require"), {})
