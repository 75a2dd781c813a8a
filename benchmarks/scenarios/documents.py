"""Peak memory as the work grows: 100 to 10,000 documents, and one document of 50 pages and of 2,000.

Plain pages and a server that answers at once: the queue, the ledger and the pages in memory are what is
measured, not the server.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.corpus import plain_pdf
from benchmarks.report import Section

QUICK = {"layout": 0.02, "block": 0.02, "blocks": 2}


def run(bench: Bench) -> Section:
    rows = [_many(bench, max(1, int(documents * bench.scale))) for documents in (100, 1_000, 10_000)]
    rows += [_large(bench, max(1, int(pages * bench.scale))) for pages in (50, 2_000)]
    peaks = [row["peak MB (sum of PSS)"] for row in rows]
    notes = [
        f"Most documents against fewest: {peaks[2] / peaks[0]:.2f} x.",
        f"Large against small document: {peaks[4] / peaks[3]:.2f} x.",
    ]
    return Section("Memory and size of the work", rows, notes)


def _many(bench: Bench, documents: int) -> dict:
    folder = bench.folder / f"documents-{documents}"
    folder.mkdir()
    data = plain_pdf(1)
    for number in range(documents):
        (folder / f"{number:06}.pdf").write_bytes(data)
    result = bench.ours(32, source=folder, pages=documents, **QUICK)
    return {"work": f"{documents} documents of a page", **result.row("mineru-batch")}


def _large(bench: Bench, pages: int) -> dict:
    source = bench.folder / f"large-{pages}.pdf"
    source.write_bytes(plain_pdf(pages))
    result = bench.ours(32, source=source, pages=pages, **QUICK)
    return {"work": f"one document of {pages} pages", **result.row("mineru-batch")}
