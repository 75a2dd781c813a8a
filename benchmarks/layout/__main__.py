"""``python -m benchmarks.layout``: draw pages, convert them with the embedded engine, count what is found.

python -m benchmarks.layout --seeds 100-104          other pages than those that the rules were made with (0-9)
python -m benchmarks.layout --kinds financial invoice --misses
python -m benchmarks.layout --shared                 real pages of ../shared/pdfs instead, facts written by hand
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from benchmarks.layout.facts import Truth
from benchmarks.layout.kinds.registry import KINDS
from benchmarks.layout.measure import convert, count, draw, table_of
from benchmarks.layout.shared import shared_pages


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layout", description=__doc__)
    parser.add_argument("--seeds", default="0-3", help="FIRST-LAST (default 0-3)")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS), metavar="KIND")
    parser.add_argument("--output", type=Path, default=Path("out/layout"), help="where pages and results go")
    parser.add_argument(
        "--program", default="", help="the command instead of this environment's mineru-batch"
    )
    parser.add_argument("--shared", action="store_true", help="pages of ../shared/pdfs instead of drawn ones")
    parser.add_argument("--misses", action="store_true", help="print the facts that do not hold")
    parser.add_argument("--count-only", action="store_true", help="count what an earlier call converted")
    given = parser.parse_args()
    truths = shared_pages() if given.shared else _drawn(given)
    if not given.count_only:
        convert(list(truths), given.output / "converted", shlex.split(given.program))
    scores, missed = count(truths, given.output / "converted")
    if given.misses:
        for stem, fact in missed:
            print(f"{stem}: {fact.sort} {fact.side} {fact.text[:70]!r} {fact.other[:50]!r}")
    text = table_of(scores)
    (given.output / "table.md").write_text(text + "\n", encoding="utf-8")
    print(text)


def _drawn(given: argparse.Namespace) -> dict[Path, Truth]:
    first, _, last = given.seeds.partition("-")
    pdfs = given.output / "pdfs"
    for old in pdfs.glob("*.pdf"):
        old.unlink()
    return draw(pdfs, range(int(first), int(last or first) + 1), given.kinds)


if __name__ == "__main__":
    main()
