"""The command as a process: it tells its address, ends with Ctrl-C, and says what is wrong."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from ui.run_folders import folder_of_a_run

COMMAND = (sys.executable, "-m", "mineru_cli", "runs", "view")


def test_it_serves_until_ctrl_c(tmp_path: Path):
    out = folder_of_a_run(tmp_path)
    with subprocess.Popen(
        [*COMMAND, str(out), "--no-open"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        address = line.split()[-1]
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b"<title>mineru-batch results</title>" in answer.read()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert errors == ""


@pytest.mark.parametrize("case", ["no run", "port taken"])
def test_what_is_wrong_is_stated_in_words(tmp_path: Path, case: str):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        if case == "no run":
            arguments, words = [str(tmp_path), "--no-open"], "holds no run"
        else:
            out = folder_of_a_run(tmp_path)
            arguments, words = [str(out), "--no-open", "--port", str(taken.getsockname()[1])], "--port"
        done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
