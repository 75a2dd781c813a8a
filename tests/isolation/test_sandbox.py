"""What a confined process is refused: foreign reads, foreign writes, programs, connections, memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mineru_cli.isolation.sandbox import landlock_version

PROGRAM = """
import json, os, resource, socket, sys
from pathlib import Path
from mineru_cli.isolation.sandbox import confine
closed = confine(read=[Path(sys.argv[1])], memory=256 * 2**20)
def tried(action):
    try:
        action()
        return "done"
    except MemoryError:
        return "no memory"
    except OSError as error:
        return error.__class__.__name__
def connect():
    with socket.socket() as one:
        one.connect(("127.0.0.1", int(sys.argv[2])))
print(json.dumps({
    "closed": closed,
    "own read": tried(lambda: open(sys.argv[1] + "/own.txt").read()),
    "foreign read": tried(lambda: open("/etc/passwd").read()),
    "foreign list": tried(lambda: os.listdir("/")),
    "foreign write": tried(lambda: open("/tmp/mineru-batch-written", "w")),
    "own write": tried(lambda: open(sys.argv[1] + "/new.txt", "w")),
    "exec": tried(lambda: os.execv("/bin/true", ["true"])),
    "connect": tried(connect),
    "memory": tried(lambda: bytearray(512 * 2**20)),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "privileges": [line.split()[1] for line in open("/proc/self/status") if line.startswith("NoNewPrivs")] if not closed else ["1"],
}))
"""


@pytest.fixture
def outcome(tmp_path: Path) -> dict[str, object]:
    import socket

    (tmp_path / "own.txt").write_text("mine")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        arguments = [str(tmp_path), str(server.getsockname()[1])]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    return json.loads(done.stdout)


def test_everywhere_no_core_dump_and_bounded_memory(outcome):
    assert outcome["own read"] == "done"
    assert outcome["memory"] == "no memory"
    assert outcome["core"] == [0, 0]
    assert outcome["privileges"] == ["1"]


@pytest.mark.skipif(landlock_version() < 4, reason="the kernel has no Landlock with TCP rules")
def test_what_is_foreign_is_refused(outcome):
    refused = ("foreign read", "foreign list", "foreign write", "own write", "exec", "connect")
    assert {name: outcome[name] for name in refused} == dict.fromkeys(refused, "PermissionError")
    assert outcome["closed"] is True
