"""The names below ``OUT/.mineru-batch``, which no other module spells out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STATE = ".mineru-batch"
"""The run's own folder in OUT: no document's folder has this name."""
METHOD = "vlm"
"""The folder of a document's files, named after the backend as in MinerU."""
LEDGER = "ledger.db"
SUMMARY = "run.json"
FAILURES = "failures.jsonl"
TIMELINE = "timeline.json"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of a run in its output folder. Nothing is created or read here."""

    output: Path

    @property
    def state(self) -> Path:
        """The folder of all others."""
        return self.output / STATE

    @property
    def ledger(self) -> Path:
        """The SQLite file with the state of every document."""
        return self.state / LEDGER

    @property
    def spool(self) -> Path:
        """Results of pages of unfinished documents."""
        return self.state / "spool"

    @property
    def scratch(self) -> Path:
        """Where documents are written before they are published."""
        return self.state / "scratch"

    @property
    def manifests(self) -> Path:
        """The manifests of published documents."""
        return self.state / "manifests"

    @property
    def lock(self) -> Path:
        """The lock of the running process."""
        return self.state / "lock"

    @property
    def summary(self) -> Path:
        """The summary of the last run that ended."""
        return self.state / SUMMARY

    @property
    def failures(self) -> Path:
        """What failed, one line per document."""
        return self.state / FAILURES

    @property
    def timeline(self) -> Path:
        """The last run over time."""
        return self.state / TIMELINE

    @property
    def rollout(self) -> Path:
        """The percentage of a rollout, which may be changed while a run works."""
        return self.state / "rollout.json"

    @property
    def rollout_status(self) -> Path:
        """What a run reports of its rollout."""
        return self.state / "rollout-status.json"

    @property
    def shadow(self) -> Path:
        """The baseline's versions of documents that a rollout compares: an output folder of its own."""
        return self.state / "shadow"

    @property
    def holds_a_run(self) -> bool:
        """Whether a run has worked here."""
        return self.ledger.is_file()
