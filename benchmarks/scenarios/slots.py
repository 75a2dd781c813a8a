"""mineru-batch with 8 to 256 slots, and with one worker and two."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.report import Section


def run(bench: Bench) -> Section:
    rows = []
    for slots in (8, 32, 128, 256):
        for workers in (1, 2):
            result = bench.ours(slots, "--workers", str(workers))
            rows.append({"slots": slots, "workers": workers, **result.row("mineru-batch")})
    return Section("Slots and workers", rows)
