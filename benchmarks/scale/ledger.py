"""What the ledger takes and gives: rows per second, and the scan with which a resume begins."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import anyio

from benchmarks.report import Section
from benchmarks.scale.fresh_process import in_fresh_process
from benchmarks.scale.simulation import document
from mineru_cli.domain.document import DocumentRef
from mineru_cli.engine.feed import Feed, FeedContext
from mineru_cli.settings import Settings
from mineru_cli.sources.discover import Selection, discover
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.local.results import LocalResults
from mineru_cli.store.local.spool import Spool
from mineru_cli.store.run_folder import METHOD, RunFolder

PAGES = 10
COMMIT_EVERY = 50
"""Documents between commits of starts and pages; each document's end is committed by itself."""


def rows(given: argparse.Namespace) -> Section:
    """Documents of ten pages, entered as a run enters them."""
    documents = min(given.documents, 20_000)
    with tempfile.TemporaryDirectory(prefix="mineru-batch-scale-") as folder:
        cpu, seconds, size = in_fresh_process(_write, Path(folder), documents)
    count = documents * (PAGES + 2)
    row = {
        "documents": documents,
        "rows written": count,
        "rows/s of one core": count / cpu,
        "documents/s of one core": documents / cpu,
        "rows/s": count / seconds,
        "bytes per document": size / documents,
    }
    return Section("Ledger", [row], [f"Each document: {PAGES} pages, a start and an end, one commit."])


def resume(given: argparse.Namespace) -> Section:
    """The scan of a finished run: discovery, ledger, and the files of every document looked at."""
    with tempfile.TemporaryDirectory(prefix="mineru-batch-scale-") as folder:
        seconds, cpu, peak, skipped = in_fresh_process(_resume, Path(folder), given.documents)
    row = {
        "documents": given.documents,
        "skipped": skipped,
        "s": seconds,
        "CPU s": cpu,
        "documents/s of one core": given.documents / cpu,
        "peak MB": peak,
    }
    notes = ["Inputs and one result file per document exist on disk; all are looked at."]
    return Section("Resume scan", [row], notes)


def _write(folder: Path, documents: int) -> tuple[float, float, int]:
    path = RunFolder(folder).ledger
    ledger = Ledger.open(path, clock=time.time)
    ledger.begin("measured", {}, overwrite=False)
    began, cpu = time.perf_counter(), time.process_time()
    for number in range(documents):
        ref = document(number)
        ledger.started(ref, PAGES)
        for page in range(PAGES):
            ledger.page(ref.key, page, seconds=1.0, blocks=12, requests=13)
        ledger.finished(ref, "done", pages=PAGES, seconds=10.0, requests=130, sizes=_sizes(ref))
        if number % COMMIT_EVERY == 0:
            ledger.commit()
    ledger.commit()
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    ledger.close()
    return cpu, seconds, path.stat().st_size


def _resume(folder: Path, documents: int) -> tuple[float, float, float, int]:
    source, output = folder / "in", folder / "out"
    _make(source, output, documents)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    skipped = anyio.run(_scan, source, output)
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    peak = max(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024
    return seconds, cpu, peak, skipped


async def _scan(source: Path, output: Path) -> int:
    folder = RunFolder(output)
    ledger = Ledger.open(folder.ledger, clock=time.time)
    ledger.begin("measured", {}, overwrite=False)
    settings = Settings(inputs=(str(source),), output=output)
    spool = Spool(folder.spool, "measured")
    context = FeedContext(settings, ledger, spool, LocalResults(output), "measured")
    found = discover([str(source)], Selection(), output=output)
    feed = Feed(found, context, lambda event: None, time.monotonic)
    async with feed.documents() as works:
        left = [work.ref.key async for work in works]
    ledger.close()
    if left:
        raise RuntimeError(f"{len(left)} documents were not skipped, such as {left[0]}")
    return feed.skipped["done"]


def _make(source: Path, output: Path, documents: int) -> None:
    for number in range(documents):
        path = source / f"{document(number).key}.pdf"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(b"%PDF-")
    ledger = Ledger.open(RunFolder(output).ledger, clock=time.time)
    ledger.begin("measured", {}, overwrite=False)
    for found in discover([str(source)], Selection(), output=output):
        if isinstance(found, DocumentRef):
            result = output / found.key / METHOD / f"{found.stem}.md"
            result.parent.mkdir(parents=True)
            result.write_bytes(b"")
            ledger.finished(found, "done", pages=1, sizes=((result.name, 0),))
    ledger.close()


def _sizes(ref: DocumentRef) -> tuple[tuple[str, int], ...]:
    names = (f"{ref.stem}.md", f"{ref.stem}_content_list.json", f"{ref.stem}_middle.json")
    return tuple((name, 1000) for name in names)
