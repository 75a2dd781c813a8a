"""Resume of a finished run of 100,000 documents: the command's start to the first request for a new one.

A run of one document is made first, then the ledger is told that all the others were done under the same
settings. The new document is found last, behind all the others.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.bench import Bench, convert_command
from benchmarks.corpus import plain_pdf
from benchmarks.process import measure
from benchmarks.report import Section
from mineru_cli.domain.document import DocumentRef
from mineru_cli.sources.discover import Selection, discover
from mineru_cli.store.ledger.ledger import Ledger
from tests.vllm_double import Double

FILES_PER_FOLDER = 1_000


def run(bench: Bench) -> Section:
    count = int(100_000 * bench.scale)
    source, output = bench.folder / "many", bench.folder / "many-out"
    _make_files(source, count)
    last = source / "zzz" / "new.pdf"
    last.parent.mkdir()
    last.write_bytes(plain_pdf(1))
    with Double(hash="crc", blocks=1) as double:
        command = convert_command(source, output, double.url, "--workers", "1")
        measure([*command, "--include", "new.pdf"], memory=False)
        _record(source, output)
        last.write_bytes(plain_pdf(2))
        double.control(reset_stats=True)
        result = measure(command)
        first = double.server.slots.first
    assert first is not None
    row = {
        "documents": count,
        "s to first request": first - result.started,
        "s in all": result.seconds,
        "CPU s in all": result.cpu,
        "peak MB": result.peak,
    }
    return Section("Resume of a finished run, one new document at its end", [row])


def _make_files(folder: Path, documents: int) -> None:
    data = plain_pdf(1)
    for number in range(documents):
        parent = folder / f"{number // FILES_PER_FOLDER:05}"
        if number % FILES_PER_FOLDER == 0:
            parent.mkdir(parents=True)
        (parent / f"document-{number:07}.pdf").write_bytes(data)


def _record(source: Path, output: Path) -> None:
    ledger = Ledger.open(output / ".mineru-batch" / "ledger.db", clock=time.time)
    last = ledger.runs()[-1]
    ledger.begin(last.fingerprint, last.shaping, overwrite=False, facts=last.facts)
    for found in discover([str(source)], Selection(), output=output):
        if isinstance(found, DocumentRef):
            ledger.started(found, 1)
            ledger.finished(found, "done", pages=1, seconds=1.0, requests=13)
    ledger.close()
