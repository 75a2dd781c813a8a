"""``python -m benchmarks [SCENARIO...]``: run scenarios, print a table, write it as Markdown and JSON.

Without arguments all of them. The simulated server runs on the same cores, in a process of its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.report import Report
from benchmarks.scenarios import (
    documents,
    floor,
    image_analysis,
    observability,
    peer,
    pixels,
    resume,
    sandbox,
    slots,
    startup,
    textlayer,
)

SCENARIOS = {
    "peer": peer.run,
    "pixels": pixels.run,
    "floor": floor.run,
    "slots": slots.run,
    "startup": startup.run,
    "memory": documents.run,
    "resume": resume.run,
    "text": textlayer.run,
    "image-analysis": image_analysis.run,
    "observability": observability.run,
    "sandbox": sandbox.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=" ".join(SCENARIOS))
    parser.add_argument("--pages", type=int, default=148, help="pages of the corpus (default 148)")
    parser.add_argument("--scale", type=float, default=1.0, help="shrink the long scenarios (memory, resume)")
    parser.add_argument("--output", type=Path, default=Path("out/benchmarks"), help="where the table goes")
    given = parser.parse_args()
    unknown = set(given.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {' '.join(SCENARIOS)}")
    report = Report(given.output)
    with Bench(pages=given.pages, scale=given.scale) as bench:
        for name in given.scenarios or SCENARIOS:
            print(f"-- {name}", flush=True)
            report.add(name, SCENARIOS[name](bench))
    print(f"written: {given.output}/results.md, {given.output}/results.json")


if __name__ == "__main__":
    main()
