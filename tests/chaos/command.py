"""The real command as a child process, and what its output folder holds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "mineru_cli")
SABOTEUR = str(Path(__file__).parent / "saboteur")
PATIENCE = 100.0
"""Seconds after which a test gives up waiting. No assertion is made on time."""


class Command:
    """One ``mineru-batch convert``. Events are read from its stdout, which goes to a file."""

    def __init__(
        self,
        folder: Path,
        *arguments: str | Path,
        environ: dict[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.events_path = folder / f"events-{time.monotonic_ns()}.jsonl"
        self.errors_path = self.events_path.with_suffix(".stderr")
        with self.events_path.open("wb") as out, self.errors_path.open("wb") as errors:
            self.process = subprocess.Popen(
                [*before, *PROGRAM, "convert", *map(str, arguments), "--progress", "json"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, **(environ or {})},
                start_new_session=True,
            )

    def wait(self) -> int:
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the run never ended: {self.errors()[-2000:]}") from None

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        lines = self.events_path.read_text("utf-8", "replace").splitlines()
        parsed = []
        for line in lines:
            try:
                parsed.append(json.loads(line))
            except ValueError:
                continue  # the last line of a killed run may be half written
        return [event for event in parsed if kind in (None, event["event"])]

    def only_events(self) -> bool:
        """Whether each line of stdout but the last one, which may be half written, is an event."""
        lines = self.events_path.read_text("utf-8", "replace").splitlines()
        return all(line.startswith('{"event"') for line in lines[:-1])

    def errors(self) -> str:
        return self.errors_path.read_text("utf-8", "replace")

    def wait_for(self, condition: Callable[[Command], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition(self):
            assert time.monotonic() < end, f"it never came to that: {self.errors()[-2000:]}"
            assert self.process.poll() is None, f"it ended too early: {self.errors()[-2000:]}"
            time.sleep(0.02)

    def wait_for_pages(self, pages: int) -> None:
        self.wait_for(lambda run: len(run.events("page-finished")) >= pages)

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)

    def worker_pids(self) -> list[int]:
        return [event["pid"] for event in self.events("worker-started")]


def convert(folder: Path, *arguments: str | Path, environ: dict[str, str] | None = None) -> Command:
    """Run the command to its end."""
    command = Command(folder, *arguments, environ=environ)
    command.wait()
    assert "Traceback" not in command.errors(), command.errors()
    return command


def sabotage(*, crash: str = "", hang: str | Path = "") -> dict[str, str]:
    """The environment of a run that meets what no file can bring about. See the saboteur."""
    return {"PYTHONPATH": SABOTEUR, "SABOTAGE_CRASH": crash, "SABOTAGE_HANG": str(hang)}


def summary(output: Path) -> dict[str, Any]:
    return json.loads((output / ".mineru-batch" / "run.json").read_text())


def failures(output: Path) -> dict[str, dict[str, Any]]:
    lines = (output / ".mineru-batch" / "failures.jsonl").read_text().splitlines()
    return {line["key"]: line for line in map(json.loads, lines)}


def tree(output: Path) -> dict[str, bytes]:
    """Every file of the documents, by path, without the run's own folder."""
    return {
        str(path.relative_to(output)): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file() and ".mineru-batch" not in path.parts
    }


def asked(stats: dict[str, Any]) -> Counter[str]:
    """How often each image was asked about."""
    return Counter(stats["asked_by_image"])


def gone(pids: Sequence[int]) -> bool:
    """Whether none of these processes is left (a zombie counts as gone)."""
    end = time.monotonic() + PATIENCE
    while any(_runs(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
