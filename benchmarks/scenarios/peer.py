"""mineru-batch and the peer on the same pages, at 32 slots and at 256, one after the other."""

from __future__ import annotations

from benchmarks.bench import BLOCK, BLOCKS, LAYOUT, Bench
from benchmarks.report import Section

SLOTS = (32, 256)


def run(bench: Bench) -> Section:
    rows, notes = [], []
    for slots in SLOTS:
        peer, ours = bench.peer(slots), bench.ours(slots)
        rows += [
            {"slots": slots, **peer.row("mineru-vl-utils")},
            {"slots": slots, **ours.row("mineru-batch")},
        ]
        parts = ", ".join(f"{size:.0f}" for size in ours.client.processes)
        notes.append(
            f"{slots} slots: {ours.pages_per_second / peer.pages_per_second:.2f} x the pages a second, "
            f"CPU per page 1/{peer.cpu / ours.cpu:.1f}, "
            f"peak memory {ours.client.peak / peer.client.peak:.2f} x ({parts} MB)."
        )
    most = 32 / (LAYOUT + BLOCKS * BLOCK)
    notes.append(f"32 slots allow at most {most:.1f} pages/s. {bench.corpus[1]} pages.")
    return Section("Against the peer", rows, notes)
