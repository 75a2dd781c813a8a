"""``python -m benchmarks.ray``: documents through Ray while a worker, a node and the driver are killed with SIGKILL.

Three ``ray start`` processes on the loopback (a head without cores, two nodes with one core each), the simulated
server, generated PDFs of one or two pages, and one that crashes its reader. Per storage one run: a worker is killed
after 20 % of the pages, a node after 40 % (another one joins), the driver after 70 %; the same command resumes.
Ends with 1 where an output differs from the local run's, a document is lost, more is read again than was in flight,
the poisoned document is not the only failure, or no page was finished for 5 s.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.corpus import ROOT
from benchmarks.ray.corpus import POISONED_SIZE, add_poisoned, make_documents
from benchmarks.ray.faults import Reference, reference, with_faults
from benchmarks.ray.places import Place, buckets, folders
from benchmarks.ray.verdict import keep_differing, problems, row
from benchmarks.report import Report, Section
from tests.object_storage import ACCESS, SECRET, s3_server
from tests.ray_cluster import ray_cluster
from tests.vllm_double import DoubleProcess

SABOTEUR = ROOT / "tests" / "chaos" / "saboteur"
SERVER = (
    *("--slots", "16", "--layout-seconds", "0.3", "--block-seconds", "0.15"),
    *("--words", "40", "--hash", "rows"),
)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ray",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--documents", type=int, default=1000, help="documents per run (default 1000)")
    parser.add_argument("--storage", choices=("local", "s3", "both"), default="both", help="default both")
    parser.add_argument(
        "--failing",
        type=float,
        default=0.05,
        help="share of the S3 requests that fail (default 0.05; 0: one run less)",
    )
    parser.add_argument("--concurrency", type=int, default=16, help="requests in flight (default 16)")
    parser.add_argument("--output", type=Path, default=Path("out/ray"), help="where the table goes")
    parser.add_argument(
        "--keep",
        type=Path,
        help="a folder that keeps events and stderr of all drivers, and files that differ",
    )
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # ends the cluster, too
    report = Report(given.output)
    with ExitStack() as held:
        scratch = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="mineru-batch-ray-")))
        logs = given.keep or scratch / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        pages = make_documents(scratch / "in", given.documents)
        double = held.enter_context(DoubleProcess(*SERVER))
        expected = _reference(logs, scratch, double, given.concurrency)
        add_poisoned(scratch / "in", given.documents // 20)
        environment = {
            "PYTHONPATH": f"{SABOTEUR}{os.pathsep}{ROOT}",
            "SABOTAGE_CRASH_WIDTH": str(POISONED_SIZE[0]),
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
        cluster = held.enter_context(ray_cluster(environment))
        section = Section(f"{given.documents} documents, {pages} pages, on Ray", [], [])
        wrong: list[str] = []
        for place in _places(scratch, given):
            print(f"-- {place.name}", flush=True)
            outcome = with_faults(logs, place, cluster, double, pages, given.concurrency)
            section.rows.append(row(outcome, expected))
            keep_differing(logs / f"differing-{len(section.rows)}", outcome, expected)
            found = [f"{place.name}: {problem}" for problem in problems(outcome, expected)]
            section.notes += [note for note in (place.note(), *found) if note]
            wrong += found
            report.add("ray", section)
    return 1 if wrong else 0


def _reference(logs: Path, scratch: Path, double: DoubleProcess, concurrency: int) -> Reference:
    print("-- this machine, without faults", flush=True)
    with folders(scratch / "in", scratch / "expected") as place:
        return reference(logs, place, double, concurrency)


def _places(scratch: Path, given: argparse.Namespace) -> Iterator[Place]:
    source = scratch / "in"
    if given.storage != "s3":
        with folders(source, scratch / "out") as place:
            yield place
    if given.storage != "local":
        with s3_server(scratch / "s3") as server:
            for failing in sorted({0.0, given.failing}):
                work = scratch / f"work-{failing}"
                with buckets(server, source, work, failing=failing) as place:
                    yield place
                shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
