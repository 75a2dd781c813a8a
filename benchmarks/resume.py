"""How long a finished run of many documents takes to see that nothing is left to do.

Makes a tree of files and a ledger that says all are done, then does what a resume does first: discovery and
ledger lookups. One process, one core, no workers.

    python benchmarks/resume.py [DOCUMENTS]
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from mineru_cli.domain.document import DocumentRef
from mineru_cli.sources.discover import Selection, discover
from mineru_cli.store.ledger import Ledger

FILES_A_FOLDER = 1000
BATCH = 500
FINGERPRINT = "0123456789abcdef"


def main() -> None:
    documents = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder, output = Path(name, "in"), Path(name, "out")
        make_files(folder, documents)
        make_ledger(folder, output)
        resume(folder, output)


def make_files(folder: Path, documents: int) -> None:
    for number in range(documents):
        parent = folder / f"{number // FILES_A_FOLDER:05}"
        if number % FILES_A_FOLDER == 0:
            parent.mkdir(parents=True)
        os.close(os.open(f"{parent}/document-{number:07}.pdf", os.O_CREAT | os.O_WRONLY))


def found(folder: Path, output: Path):
    return discover([str(folder)], Selection(), output=output)


def make_ledger(folder: Path, output: Path) -> None:
    ledger = Ledger.open(output / ".mineru-batch" / "ledger.db", clock=time.time)
    ledger.begin(FINGERPRINT, {}, overwrite=False)
    started = time.perf_counter()
    count = 0
    for document in found(folder, output):
        ledger.started(document, 10)
        ledger.finished(document, "done", pages=10, seconds=1.0, requests=120)
        count += 1
    seconds = time.perf_counter() - started
    ledger.close()
    print(f"record: {count} documents, {seconds / count * 1e6:.0f} us each")


def resume(folder: Path, output: Path) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    ledger = Ledger.open(output / ".mineru-batch" / "ledger.db", clock=time.time)
    ledger.begin(FINGERPRINT, {}, overwrite=False)
    documents = found(folder, output)
    skipped = 0
    while batch := [one for one in islice(documents, BATCH) if isinstance(one, DocumentRef)]:
        records = ledger.records([document.key for document in batch])
        for document in batch:
            record = records.get(document.key)
            skipped += bool(record and record.status == "done" and record.current(document, FINGERPRINT))
    ledger.close()
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = (output / ".mineru-batch" / "ledger.db").stat().st_size / 1e6
    print(f"resume: {skipped} skipped in {wall:.2f} s, {cpu:.2f} s CPU, {peak:.0f} MB, ledger {size:.0f} MB")


if __name__ == "__main__":
    main()
