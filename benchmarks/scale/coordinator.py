"""Throughput and memory of the coordinator, and what it does when many workers vanish at once."""

from __future__ import annotations

import argparse
import gc
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.report import Section
from benchmarks.scale.fresh_process import in_fresh_process
from benchmarks.scale.simulation import Outcome, Plan, simulate


def throughput(given: argparse.Namespace) -> Section:
    """A small run and a large one: units per second, and memory that must not grow with documents."""
    outcomes = [_run(Plan(given.workers, documents)) for documents in (given.small, given.documents)]
    rows = [_row(outcome, given.workers) for outcome in outcomes]
    growth = outcomes[1].peak_mb / outcomes[0].peak_mb
    notes = [f"Peak memory, {given.documents} documents against {given.small}: {growth:.2f} x."]
    return Section("Coordinator, recorder, observers and ledger over simulated workers", rows, notes)


def recovery(given: argparse.Namespace) -> Section:
    """Some workers vanish in the middle; then a run whose workers all die before they are ready."""
    documents = min(given.documents, 20 * given.workers)
    lost = _run(Plan(given.workers, documents, vanish=given.vanish))
    stillborn = _run(Plan(given.workers, documents, stillborn=True))
    rows = [
        {
            "workers": given.workers,
            "case": case,
            "documents": documents,
            "done": outcome.done,
            "pages rendered once": outcome.renderings.get(1, 0),
            "twice": outcome.renderings.get(2, 0),
            "more often": sum(count for times, count in outcome.renderings.items() if times > 2),
            "longest stall (virtual s)": outcome.stall,
            "workers started": outcome.starts,
            "ended": outcome.ended,
        }
        for case, outcome in (
            (f"{lost.lost_workers} vanish at once", lost),
            ("none ever starts", stillborn),
        )
    ]
    return Section("Workers that vanish", rows)


def _run(plan: Plan) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="mineru-batch-scale-") as folder:
        return in_fresh_process(_simulate, plan, Path(folder))


def _simulate(plan: Plan, folder: Path) -> Outcome:
    gc.freeze()  # as the command does once it is loaded
    return simulate(plan, folder)


def _row(outcome: Outcome, workers: int) -> dict[str, Any]:
    return {
        "workers": workers,
        "documents": outcome.done,
        "units/s of one core": outcome.units_per_second,
        "messages/s of one core": outcome.messages / outcome.cpu,
        "CPU s": outcome.cpu,
        "CPU s of the simulated workers": outcome.simulated_cpu,
        "peak MB": outcome.peak_mb,
        "virtual hours": outcome.virtual_seconds / 3600,
    }
