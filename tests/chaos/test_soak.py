"""Half an hour of faults: memory, file descriptors, sockets and threads of the run stay flat. ``make soak``."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import corpus
import psutil
import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import Command

pytestmark = [pytest.mark.soak, pytest.mark.timeout(4000)]
SECONDS = float(os.environ.get("SOAK_SECONDS", "1800"))
DOCUMENTS = 50
PAGES_PER_SECOND = 20
"""More than the server can answer: its sixteen slots, a second of them a page."""


def measure(pid: int) -> tuple[int, int, int, int]:
    """Resident bytes, file descriptors, sockets and threads of the run and its workers."""
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    return (
        sum(process.memory_info().rss for process in family),
        sum(process.num_fds() for process in family),
        sum(len(process.net_connections()) for process in family),
        sum(process.num_threads() for process in family),
    )


def test_nothing_grows(tmp_path: Path) -> None:
    pdfs = tmp_path / "pdfs"
    pdfs.mkdir()
    pages = max(4, int(SECONDS * PAGES_PER_SECOND / DOCUMENTS))
    for number in range(DOCUMENTS):
        text = [corpus.prose(f"soak{number}", page) for page in range(pages)]
        (pdfs / f"soak{number:02}.pdf").write_bytes(corpus.text_pdf(text))
    seen = []
    with DoubleProcess("--slots", "16", "--layout-seconds", "0.3", "--block-seconds", "0.15") as double:
        double.control(
            faults=[{"kind": "500", "p": 0.01}, {"kind": "reset", "p": 0.01}, {"kind": "cut", "p": 0.01}]
        )
        run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and run.process.poll() is None:
            time.sleep(SECONDS / 60)
            if run.process.poll() is None:
                seen.append(measure(run.process.pid))
        assert run.process.poll() is None, "it ran out of documents"
        run.kill(signal.SIGTERM)
        assert run.wait() == 130
        pages, retried = len(run.events("page-finished")), len(run.events("request-retried"))
        asked = double.stats()["requests"]
    print(f"{SECONDS:g} s: {pages} pages, {asked} requests, {retried} asked again")
    early, late = seen[len(seen) // 4 : len(seen) // 2], seen[-len(seen) // 4 :]
    assert early
    for index, (name, slack) in enumerate(
        (("memory", 1.2), ("descriptors", 1.3), ("sockets", 1.5), ("threads", 1.3))
    ):
        before, after = (max(sample[index] for sample in part) for part in (early, late))
        print(f"{name}: {before} in the second quarter, {after} in the last")
        assert after <= before * slack, f"{name} grew from {before} to {after}"
