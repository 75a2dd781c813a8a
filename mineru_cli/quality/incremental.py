"""The score of a run while it is still running: each document is compared as soon as it is written."""

from __future__ import annotations

from pathlib import Path

from mineru_cli.quality.matching.documents import DocumentPair, partner_in, same_pages
from mineru_cli.quality.pool import Job, score_pair
from mineru_cli.quality.score import DocumentScore
from mineru_cli.quality.settings import Scoring
from mineru_cli.quality.sources.mineru import open_document_folder
from mineru_cli.quality.sources.opening import open_source
from mineru_cli.quality.sources.source import Facts


def score_of(base: Path, run: Path, path: str) -> float:
    """The match (0-1) of one document of two output folders. What RUN lacks counts as lost."""
    job = Job(open_document_folder(base, path), open_document_folder(run, path), Scoring())
    return score_pair(job, DocumentPair(path, path, path, "paired")).match


class RunningComparison:
    """Running mean over finished documents, fed from one thread. Keeps sums, not scores.

    It does not judge: failed documents, and documents paired under another name, are left to the report.
    """

    def __init__(self, base: Path, run: Path, *, pages: str = "") -> None:
        """``run`` may still be empty; ``pages`` is the selection that it will contain.

        Raises what ``open_source`` raises for ``base``, and ``DifferentPages``: at once rather than at the
        end of the run.
        """
        self._base = open_source(base)
        same_pages(self._base, Facts(pages=pages), str(run))
        self._known = set(self._base.paths)
        self._run = run
        self._sum = 0.0
        self.documents = 0

    @property
    def match(self) -> float | None:
        """Mean match so far; None before the first document."""
        return self._sum / self.documents if self.documents else None

    def add(self, path: str) -> DocumentScore | None:
        """Compare the run's document at ``path``; None if it is not in the baseline."""
        known = partner_in(self._known, path)
        if known is None:
            return None
        job = Job(self._base, open_document_folder(self._run, path), Scoring())
        score = score_pair(job, DocumentPair(known, known, path, "paired"))
        self._sum += score.match
        self.documents += 1
        return score
