"""What scenarios share: a scratch folder, the corpus, the simulated server, our command and the peer's."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.corpus import ROOT, make_corpus
from benchmarks.process import Measured, measure
from tests.vllm_double import DoubleProcess

CACHE = Path.home() / ".cache" / "mineru-batch-benchmarks"
PEER = ("mineru-vl-utils>=2.0.7,<2.1", "pypdfium2>=5,<6", "pillow>=11")
LAYOUT, BLOCK, BLOCKS = 0.34, 0.17, 12
"""Seconds a slot is held by a layout and by a block request, and blocks per page."""
WORDS = 40
"""Per block, so that a page has as much text as one of a paper: pages with less are looked at more closely."""


@dataclass(frozen=True)
class Run:
    """A client's run against the server: what the client cost, what the server saw."""

    client: Measured
    server: dict[str, Any]
    pages: int
    slots: int

    @property
    def pages_per_second(self) -> float:
        """Over the whole command, start-up included."""
        return self.pages / self.client.seconds

    @property
    def busy(self) -> float:
        """Share of slots at work from the first request to the last answer: ramp and tail included."""
        return self.server["busy_share"]

    @property
    def busy_whole(self) -> float:
        """The same from the start of the command to its end."""
        return self.server["busy_slot_seconds"] / (self.client.seconds * self.slots)

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU per page, all processes."""
        return self.client.cpu / self.pages * 1000

    def row(self, name: str) -> dict[str, Any]:
        return {
            "client": name,
            "pages/s": self.pages_per_second,
            "busy slots": f"{self.busy:.0%}",
            "busy, start-up counted": f"{self.busy_whole:.0%}",
            "CPU ms/page": self.cpu,
            "peak MB (sum of PSS)": self.client.peak,
            "requests/page": self.server["requests"] / self.pages,
        }


class Bench:
    """A context manager: the scratch folder lives as long."""

    def __init__(self, *, pages: int, scale: float) -> None:
        self.scale = scale
        self._wanted = pages
        self._runs = 0

    def __enter__(self) -> Bench:
        self._scratch = tempfile.TemporaryDirectory(prefix="mineru-bench-")
        self.folder = Path(self._scratch.name)
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    @cached_property
    def corpus(self) -> tuple[Path, int]:
        """The folder of PDFs and the number of pages in it."""
        folder = self.folder / "corpus"
        return folder, make_corpus(folder, self._wanted)

    @cached_property
    def peer_python(self) -> Path:
        """The peer's own virtual environment, made once under ``~/.cache``."""
        python = CACHE / "peer" / "bin" / "python"
        if not (CACHE / "peer" / "ready").exists():
            shutil.rmtree(CACHE / "peer", ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", CACHE / "peer"], check=True)
            subprocess.run([python, "-m", "pip", "install", "-q", *PEER], check=True)
            (CACHE / "peer" / "ready").touch()
        return python

    def ours(
        self, slots: int, *options: str, source: Path | None = None, pages: int = 0, **server: Any
    ) -> Run:
        """``mineru-batch convert`` on the corpus, or on ``source`` with ``pages`` pages."""
        corpus, count = (source, pages) if source else self.corpus
        with self.output() as output, simulated(slots, **server) as double:
            client = measure(convert_command(corpus, output, double.url, *options))
            stats = double.stats()
        if client.status:
            raise SystemExit(f"mineru-batch ended with {client.status}")
        return Run(client, stats, count, slots)

    def peer(self, slots: int, **server: Any) -> Run:
        """mineru-vl-utils' http client on the corpus."""
        corpus, pages = self.corpus
        script = ROOT / "benchmarks" / "peer_client.py"
        with simulated(slots, **server) as double:
            command = [str(self.peer_python), str(script), str(corpus), double.url]
            client = measure(command, env={"LOGURU_LEVEL": "INFO"})
            stats = double.stats()
        if client.status:
            raise SystemExit(f"the peer ended with {client.status}")
        return Run(client, stats, pages, slots)

    @contextmanager
    def output(self) -> Iterator[Path]:
        """A new output folder, gone when the block ends."""
        self._runs += 1
        output = self.folder / f"out-{self._runs}"
        try:
            yield output
        finally:
            shutil.rmtree(output, ignore_errors=True)


def convert_command(source: Path, output: Path, url: str, *options: str) -> list[str]:
    command = [sys.executable, "-m", "mineru_cli", "convert", str(source), "-o", str(output)]
    return [*command, "--server-url", url, "--progress", "none", *options]


def simulated(
    slots: int,
    *,
    layout: float = LAYOUT,
    block: float = BLOCK,
    blocks: int = BLOCKS,
    pictures: int = 0,
    digest: str = "crc",
) -> DoubleProcess:
    """The server in its own process. ``digest="crc"`` spares it decoding the images it is sent.

    ``pictures`` of the ``blocks`` of a page are pictures.
    """
    return DoubleProcess(
        *("--slots", str(slots), "--blocks", str(blocks), "--words", str(WORDS), "--hash", digest),
        *("--pictures", str(pictures)),
        *("--layout-seconds", str(layout), "--block-seconds", str(block)),
    )
