"""Time and memory of the quality comparison: a large table, a thousand documents, the size of a baseline.

    python -m benchmarks.quality table
    python -m benchmarks.quality documents --count 1000 --pages 10 --workers 2
    python -m benchmarks.quality baseline --count 200

Figures go into docs/quality.md with the machine they were taken on.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path

from mineru_cli.quality.baseline import record
from mineru_cli.quality.compare import compare
from mineru_cli.quality.settings import CompareSettings
from mineru_cli.quality.sources.opening import open_source
from mineru_cli.quality.table import ComparedCell, ComparedTable
from mineru_cli.quality.teds.similarity import tree_distance
from tests.quality.runs import Run, document


def table_figures() -> None:
    """TEDS of 300 x 20 tables at several degrees of damage."""
    rng = random.Random(1)
    base = [[_number(rng) for _ in range(20)] for _ in range(300)]
    for share in (0.01, 0.05, 0.30, 1.0):
        run = [
            [ComparedCell(f"{rng.random() * 1000:.2f}") if rng.random() < share else c for c in row]
            for row in base
        ]
        if share < 1:
            del run[100]
            run[200:201] = [run[200][:10], run[200][10:]]
        started = time.process_time()
        found = tree_distance(_table(base), _table(run))
        seconds = time.process_time() - started
        print(f"{share:.0%} of cells: {found} in {seconds:.2f} s CPU, peak {peak():.0f} MB")


def documents_figures(count: int, pages: int, workers: int | None) -> None:
    """Comparing ``count`` documents of ``pages`` pages where every second one differs a little."""
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own, so that the memory it takes is not counted.
        writer = multiprocessing.get_context("spawn").Process(target=write_pair, args=(folder, count, pages))
        writer.start()
        writer.join()
        settings = CompareSettings(workers=workers)
        started = time.perf_counter()
        judged = compare(Path(folder, "base"), Path(folder, "run"), settings, today=dt.date(2026, 1, 1))
        seconds = time.perf_counter() - started
    print(f"{count} x {pages} pages in {seconds:.1f} s, match {judged.comparison.run_match:.4f}")
    print(f"peak of the comparing process {peak():.0f} MB")


def write_pair(folder: str, count: int, pages: int) -> None:
    """Write both runs, few documents at a time."""
    for start in range(0, count, 50):
        for name, run in zip(("base", "run"), make_pair(start, min(50, count - start), pages), strict=True):
            run.write(Path(folder, name))


def baseline_figures(count: int) -> None:
    """Size of a recorded baseline."""
    with tempfile.TemporaryDirectory() as folder:
        base, _ = make_pair(0, count, 1)
        base.write(Path(folder, "run"))
        recorded = record(open_source(Path(folder, "run")), Path(folder, "baseline"), now=0.0)
        print(f"{recorded.documents} documents: {recorded.size / 1000:.0f} kB")


def make_pair(start: int, count: int, pages: int) -> tuple[Run, Run]:
    """Two runs that differ in a few words of every second document."""
    base = Run({f"d{n // 100:03d}/doc{n:05d}": document(n, pages) for n in range(start, start + count)})
    run = base.copy()
    for number, path in enumerate(run.documents):
        for item in run.texts(path)[:: 3 if number % 2 else 10**6]:
            item["text"] = item["text"].replace("the", "tke", 2)
    return base, run


def peak() -> float:
    """Peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _number(rng: random.Random) -> ComparedCell:
    return ComparedCell(f"{rng.random() * 1000:.2f}")


def _table(rows: list[list[ComparedCell]]) -> ComparedTable:
    return ComparedTable(tuple(map(tuple, rows)))


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["table", "documents", "baseline"])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    if given.what == "table":
        table_figures()
    elif given.what == "documents":
        documents_figures(given.count, given.pages, given.workers)
    else:
        baseline_figures(given.count)


if __name__ == "__main__":
    main()
