"""What the sandbox of workers costs: CPU per page with it and without, in turn, and their ratio."""

from __future__ import annotations

from statistics import median

from benchmarks.bench import Bench
from benchmarks.report import Section

REPEATS = 5


def run(bench: Bench) -> Section:
    found: dict[str, list[float]] = {"off": [], "require": []}
    for _ in range(REPEATS):
        for mode in found:
            found[mode].append(bench.ours(64, "--workers", "1", "--sandbox", mode).cpu)
    without, confined = (median(found[mode]) for mode in ("off", "require"))
    row = {
        "CPU ms/page without": without,
        "CPU ms/page in the sandbox": confined,
        "ratio": f"{confined / without:.3f}",
    }
    spread = ", ".join(f"{mode}: {min(times):.1f} to {max(times):.1f}" for mode, times in found.items())
    return Section(
        "Sandbox", [row], [f"Medians of {REPEATS} runs each, in turn. Spread in ms/page: {spread}."]
    )
