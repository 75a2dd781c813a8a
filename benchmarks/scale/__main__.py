"""``python -m benchmarks.scale [PART...]``: one driver with simulated workers, and what limits it.

Every measurement runs in a process of its own, so that its memory and CPU are its own. Times of CPU are of one
core; on a machine that does other work they come out too long, and rates too low.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Report, Section
from benchmarks.scale import coordinator, ledger
from benchmarks.scale.listing import listing
from benchmarks.scale.recovered import recovered

PARTS: dict[str, Callable[[argparse.Namespace], Section]] = {
    "coordinator": coordinator.throughput,
    "recovery": coordinator.recovery,
    "ledger": ledger.rows,
    "resume": ledger.resume,
    "listing": listing,
    "recovered": recovered,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--workers", type=int, default=1000, help="simulated workers (default 1000)")
    parser.add_argument("--documents", type=int, default=1_000_000, help="documents of the largest run")
    parser.add_argument("--small", type=int, default=10_000, help="documents of the run it is compared with")
    parser.add_argument("--vanish", type=float, default=0.3, help="share of the workers that vanish at once")
    parser.add_argument("--output", type=Path, default=Path("out/scale"), help="where the tables go")
    given = parser.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {' '.join(PARTS)}")
    report = Report(given.output)
    for name in given.parts or PARTS:
        print(f"-- {name}", flush=True)
        report.add(name, PARTS[name](given))


if __name__ == "__main__":
    main()
