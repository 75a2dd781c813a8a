"""Data source of a report: ``run.json``, the ledger and ``timeline.json`` of one run.

Only the ledger is required. Without ``run.json``, or if a later run has not ended, the summary is made from
the ledger; without timelines the times at which documents were finished are used.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mineru_cli.engine.history import last_record, open_ledger, summary_of
from mineru_cli.observe.timeline import RunTimeline, read_timeline
from mineru_cli.store.ledger.records import RunRecord
from mineru_cli.store.ledger.summary import RunSummary
from mineru_cli.store.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class RunSource:
    """One run on an output folder. ``timeline`` is None if this run has none."""

    output: Path
    record: RunRecord
    summary: RunSummary
    timeline: RunTimeline | None

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return RunFolder(self.output).ledger


def read_run(output: Path) -> RunSource:
    """The last run on ``output``. Raises ``InputNotFound``, ``OutputError``."""
    folder = RunFolder(output)
    with closing(open_ledger(output)) as ledger:
        record = last_record(ledger, output)
        summary = summary_of(record, ledger, folder)
    return RunSource(output, record, summary, _timeline(folder.timeline, summary))


def _timeline(path: Path, summary: RunSummary) -> RunTimeline | None:
    """The timeline if it is this run's, that is if the two overlap in time."""
    try:
        timeline = read_timeline(path)
    except (OSError, ValueError):
        return None
    ended = summary.started + summary.seconds
    same = timeline.started < ended + 1 and timeline.started + timeline.seconds > summary.started - 1
    return timeline if same else None
