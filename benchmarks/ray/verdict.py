"""The outcome of the killed runs as a table, and what of it is not as it must be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.ray.corpus import POISONED
from benchmarks.ray.faults import Outcome, Reference

LONGEST_STALL = 5.0
"""Seconds without a finished page that a run may have."""
CRASHED = "reader-crashed"


def row(outcome: Outcome, expected: Reference) -> dict[str, Any]:
    """One line of the table."""
    return {
        "storage": outcome.place,
        "documents done": sum(outcome.documents[status] for status in ("done", "skipped")),
        "outputs": "equal" if outcome.files == expected.files else "DIFFERENT",
        "pages read again": outcome.pages_read - expected.pages,
        "in flight at the ends": outcome.held(),
        "longest stall s": outcome.stall,
        "after worker s": outcome.stall_after("worker"),
        "after node s": outcome.stall_after("node"),
        "new node": "joined" if outcome.new_node else "did not start",
        "resume to first page s": outcome.resume_to_page,
        "quarantined": ", ".join(f"{key}: {code}" for key, code in outcome.failures.items()),
    }


def problems(outcome: Outcome, expected: Reference) -> Iterator[str]:
    """Whatever is not as it must be, as sentences."""
    missing = expected.files.keys() - outcome.files.keys()
    if missing:
        yield f"{len(missing)} files are missing, such as {min(missing)}"
    if differing := _differing(outcome, expected):
        yield f"{len(differing)} files differ, such as {min(differing)}"
    if [*outcome.failures.values()] != [CRASHED] or not all(POISONED in key for key in outcome.failures):
        yield f"failures are not the poisoned document alone: {dict(outcome.failures)}"
    if outcome.exit_code not in (0, 1):  # 1 where one failure is more than --max-error-rate
        yield f"the resumed run did not come to its end: exit code {outcome.exit_code}"
    again = outcome.pages_read - expected.pages
    if again > outcome.held():
        yield f"{again} pages were read again, {outcome.held()} were in flight"
    if outcome.stall >= LONGEST_STALL:
        yield f"no page was finished for {outcome.stall:.1f} s"


def keep_differing(folder: Path, outcome: Outcome, expected: Reference) -> None:
    """Write both versions of the files that differ below ``folder``."""
    for name in _differing(outcome, expected):
        for version, files in (("expected", expected.files), ("found", outcome.files)):
            path = folder / version / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files.get(name, b""))


def _differing(outcome: Outcome, expected: Reference) -> list[str]:
    return [name for name, data in outcome.files.items() if expected.files.get(name) != data]
