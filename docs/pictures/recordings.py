"""``server up`` against the stand-in engine as text, at the end of docs/server.md.

Time is compressed: the stand-in's container starts in seconds.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import stage

from tests.servers.docker.engine_double import LINES, MODEL, OUT_OF_MEMORY, Script

PAGE = Path(__file__).resolve().parents[1] / "server.md"
MARK = "<!-- from here on written by: make pictures -->\n"
PORT = 18_000
CRASH = (*LINES[:2], "Fatal Python error: Segmentation fault")


class Scene(NamedTuple):
    """``knobs`` of the engine; ``taken``: another program has the port."""

    name: str
    script: Script = Script(LINES)
    knobs: Mapping[str, Any] = MappingProxyType({})
    taken: bool = False


SCENES = (
    Scene("success", Script(LINES, pause=0.5), {"pull_pause": 0.2}),
    Scene("missing runtime", knobs={"runtimes": ["runc"]}),
    Scene("out of memory while loading", Script(OUT_OF_MEMORY, pause=0.3, exit_code=1)),
    Scene("crash loop", Script(CRASH, pause=0.3, exit_code=139)),
    Scene("port taken", taken=True),
    Scene("slow pull", knobs={"pull_pause": 2.0}),
    Scene("two things missing at once", knobs={"runtimes": ["runc"]}, taken=True),
)


def write(program: str, work: Path) -> None:
    """Put every scene's recording into the page."""
    head = PAGE.read_text().partition(MARK)[0]
    PAGE.write_text(head + MARK + "".join(_recorded(program, work, scene) for scene in SCENES))


def _recorded(program: str, work: Path, scene: Scene) -> str:
    arguments = ["server", "up", "--model", MODEL, "--port", str(PORT)]
    with stage.docker(work / scene.name.replace(" ", "-"), scene.script, **scene.knobs) as environment:
        with socket.create_server(("127.0.0.1", PORT)) if scene.taken else nullcontext():
            given = {**os.environ, **environment, "COLUMNS": "110"}
            done = subprocess.run(
                [program, *arguments], env=given, capture_output=True, text=True, check=False
            )
    shown = f"$ mineru-batch {' '.join(arguments)}\n{done.stderr.rstrip()}\n(exit code {done.returncode})"
    print(f"recorded: {scene.name}")
    return f"\n### {scene.name}\n\n```\n{shown}\n```\n"
