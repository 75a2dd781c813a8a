"""What ``--image-analysis`` costs: the same pages with it and without, with and without pictures on them.

The server has few slots, so that it, and not this machine, sets the pace; the description of a picture holds a
slot as long as any other block does. Speed is that from the first request to the last reply.
"""

from __future__ import annotations

from typing import Any

from benchmarks.bench import BLOCK, BLOCKS, LAYOUT, Bench
from benchmarks.report import Section

SLOTS = 2
PICTURES = (0, 2)
"""Pictures among the blocks of each page."""


def run(bench: Bench) -> Section:
    rows = [_row(bench, pictures, option) for pictures in PICTURES for option in ("on", "off")]
    notes = [
        f"{SLOTS} slots, {bench.corpus[1]} pages of {BLOCKS} blocks, {LAYOUT} s for a layout, {BLOCK} s for a block.",
        *(_note(pictures, rows) for pictures in PICTURES),
    ]
    return Section("Image analysis", rows, notes)


def _row(bench: Bench, pictures: int, option: str) -> dict[str, Any]:
    run = bench.ours(
        SLOTS, "--image-analysis" if option == "on" else "--no-image-analysis", pictures=pictures
    )
    asked = 1 + BLOCKS - (pictures if option == "off" else 0)
    return {
        "pictures per page": pictures,
        "image analysis": option,
        "pages/s": run.pages * SLOTS * run.busy / run.server["busy_slot_seconds"],
        "allowed by the slots": SLOTS / (LAYOUT + (asked - 1) * BLOCK),
        "requests/page": run.server["requests"] / run.pages,
        "CPU ms/page": run.cpu,
    }


def _note(pictures: int, rows: list[dict[str, Any]]) -> str:
    on, off = (row for row in rows if row["pictures per page"] == pictures)
    return (
        f"{pictures} pictures per page: with image analysis {on['pages/s'] / off['pages/s']:.2f} x the pages per "
        f"second and {on['CPU ms/page'] / off['CPU ms/page']:.2f} x the CPU per page."
    )
