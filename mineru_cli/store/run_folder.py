"""The names below ``OUT/.mineru-batch``. No other module spells them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STATE = ".mineru-batch"
"""The folder of OUT that is the run's own: no document's folder is called so."""
METHOD = "vlm"
"""The folder of a document's files, named as in MinerU by how they were made."""
LEDGER = "ledger.db"
SUMMARY = "run.json"
FAILURES = "failures.jsonl"
TIMELINE = "timeline.json"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """An output folder as a run sees it. Nothing is created or read by asking for a name."""

    output: Path

    @property
    def state(self) -> Path:
        """The folder that all others lie in."""
        return self.output / STATE

    @property
    def ledger(self) -> Path:
        """The SQLite file that knows what became of every document."""
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
        """What was published of each document."""
        return self.state / "manifests"

    @property
    def lock(self) -> Path:
        """The lock of the process that works here."""
        return self.state / "lock"

    @property
    def summary(self) -> Path:
        """What the last run that came to its end did."""
        return self.state / SUMMARY

    @property
    def failures(self) -> Path:
        """What failed, one line per document."""
        return self.state / FAILURES

    @property
    def timeline(self) -> Path:
        """How the last run went over time."""
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
