"""Records ``mineru-batch server up`` against the stand-in engine, as docs/server.md shows it.

    python tests/servers/docker/record.py > recordings.txt

Needs docker and compose as the tests do. Time is compressed: the stand-in's container starts in seconds.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from engine_double import LINES, OUT_OF_MEMORY, EngineDouble, Script

PORT = 18_000
CRASH = (*LINES[:2], "Fatal Python error: Segmentation fault")
SCENES: dict[str, tuple[Script, dict[str, Any], bool]] = {
    "success": (Script(LINES, pause=0.5), {"pull_pause": 0.2}, False),
    "missing runtime": (Script(LINES), {"runtimes": ["runc"]}, False),
    "out of memory while loading": (Script(OUT_OF_MEMORY, pause=0.3, exit_code=1), {}, False),
    "crash loop": (Script(CRASH, pause=0.3, exit_code=139), {}, False),
    "port taken": (Script(LINES), {}, True),
    "slow pull": (Script(LINES), {"pull_pause": 2.0}, False),
}


def record(name: str, script: Script, knobs: dict[str, Any], taken: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, EngineDouble(Path(folder), script, **knobs) as engine:
        environment = {**os.environ, **engine.environment, "XDG_RUNTIME_DIR": folder, "COLUMNS": "110"}
        with socket.create_server(("127.0.0.1", PORT)) if taken else nullcontext():
            command = [sys.executable, "-m", "mineru_cli", "server", "up", "--port", str(PORT)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    print(f"## {name}\n\n```\n$ mineru-batch server up --port {PORT}")
    print(f"{done.stderr.rstrip()}\n(exit code {done.returncode})\n```\n")


if __name__ == "__main__":
    for name, (script, knobs, taken) in SCENES.items():
        record(name, script, knobs, taken)
