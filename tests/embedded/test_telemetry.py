"""The embedded engine tells nobody anything: no name is looked up, nothing is written but the output."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import corpus

pytest.importorskip("rapidocr", reason="the extra [embedded] is not installed")

CONVERT = [sys.executable, "-m", "mineru_cli", "convert", "in", "-o", "out", "--server", "embedded"]
LOCAL = ("127.0.0.1", "::1")
SESSIONS = """
from pathlib import Path
from mineru_cli.embedded.ocr import runtime
from mineru_cli.embedded.ocr.runtime import OnnxSession, OpenVinoSession
for kind in (OnnxSession, OpenVinoSession):
    for _ in range(3):
        kind(runtime.detection(), threads=1, slots=1)
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who never ran anything, with telemetry as the packages have it by default."""
    (tmp_path / "home").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(corpus.image_pdf(["One page of a few words."]))
    private = ("XDG_", "ORT_DISABLE", "DO_NOT_TRACK", "HF_HUB")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(private)}
    root = str(Path(__file__).parents[2])
    return {**kept, "HOME": str(tmp_path / "home"), "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.parametrize("command", [CONVERT, [sys.executable, "-c", SESSIONS]], ids=["convert", "sessions"])
def test_nothing_is_written_below_home(command: list[str], tmp_path: Path, home: dict[str, str]):
    done = subprocess.run(command, cwd=tmp_path, env=home, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "home").rglob("*")) == []


@pytest.mark.spec("orchestration/network-policies/no-other-destination")
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("command", [CONVERT, [sys.executable, "-c", SESSIONS]], ids=["convert", "sessions"])
def test_no_name_is_looked_up_and_nothing_is_written_elsewhere(command, tmp_path: Path, home: dict[str, str]):
    trace = tmp_path / "trace"
    calls = "trace=connect,sendto,sendmsg,sendmmsg,openat,creat,mkdir,mkdirat"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", str(trace), "-e", calls, "-e", "signal=none", *command],
        cwd=tmp_path, env=home, capture_output=True, text=True, timeout=115,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = trace.read_text(errors="replace").splitlines()
    assert any("openat(" in line for line in lines)
    assert [line for line in lines if _leaves_the_machine(line)] == []
    assert [line for line in lines if _writes_elsewhere(line, tmp_path)] == []


def _leaves_the_machine(line: str) -> bool:
    if "sin_port=htons(53)" in line or "sin6_port=htons(53)" in line:
        return True
    address = re.search(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', line)
    return address is not None and not set(address.groups()) & set(LOCAL)


def _writes_elsewhere(line: str, folder: Path) -> bool:
    if " = -1 " in line or not re.search(r"O_WRONLY|O_RDWR|O_CREAT|creat\(|mkdir", line):
        return False
    path = (re.search(r'"([^"]*)"', line) or [None, ""])[1]
    allowed = (str(folder / "out"), "out", "/dev/", "/proc/self", "/dev/shm")
    return not path.startswith(allowed)
