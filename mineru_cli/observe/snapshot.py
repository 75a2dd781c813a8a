"""An immutable snapshot of a run, rendered by live view, log, summary and report."""

from __future__ import annotations

from dataclasses import dataclass, field

from mineru_cli.domain import events
from mineru_cli.domain.failure import Failure
from mineru_cli.observe.bottleneck import Bottleneck, LoadSample
from mineru_cli.observe.gauges import GpuState, ServerState, WorkerState


@dataclass(frozen=True, slots=True)
class DocumentProgress:
    """Documents by outcome. ``found`` is final once ``final`` is True.

    ``unsupported`` counts skipped files by suffix. ``earlier`` of the partial and failed ones are from an
    earlier run.
    """

    found: int = 0
    bytes: int = 0
    final: bool = False
    skipped: int = 0
    open: int = 0
    done: int = 0
    partial: int = 0
    failed: int = 0
    earlier: int = 0
    unsupported: dict[str, int] = field(default_factory=dict)

    @property
    def finished(self) -> int:
        """Documents that need no more work."""
        return self.skipped + self.done + self.partial + self.failed

    @property
    def unopened(self) -> int:
        """Documents found that no worker has opened yet."""
        return max(0, self.found - self.finished - self.open)


@dataclass(frozen=True, slots=True)
class PageProgress:
    """Pages of the documents opened so far.

    ``kept`` were done in an earlier run. ``incomplete`` are those among ``done`` that lost content,
    ``flawed`` those with any flaw. ``expected`` estimates all pages of all documents found so far.
    """

    known: int = 0
    done: int = 0
    failed: int = 0
    kept: int = 0
    flawed: int = 0
    incomplete: int = 0
    expected: int = 0

    @property
    def finished(self) -> int:
        """Pages that need no more work."""
        return self.done + self.failed + self.kept


@dataclass(frozen=True, slots=True)
class FailureNote:
    """One failure or loss as it was announced. ``page`` counts from 0; None for a whole document."""

    at: float
    document: str
    page: int | None
    failure: Failure


@dataclass(frozen=True, slots=True)
class FailureCause:
    """Number of documents or pages (``kind``) that failed or lost content for one reason, with its hint."""

    kind: str
    code: str
    hint: str
    count: int


@dataclass(frozen=True, slots=True)
class Speed:
    """Rates now and on average."""

    pages_per_second: float
    pages_per_second_average: float
    pdfs_per_hour: float
    pdfs_per_hour_average: float


@dataclass(frozen=True, slots=True)
class RolloutState:
    """A rollout: percentage of the candidate, latest score and verdicts, and its revert, if any."""

    percent: float
    scored: events.RolloutScored | None = None
    verdicts: tuple[events.RolloutJudged, ...] = ()
    reverted: events.RolloutReverted | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run at one moment. ``eta`` is seconds; ``eta_at_least`` says that more documents may be found.

    ``waited`` are the seconds in which no server answered, ``grace_left`` those until a stopping run cancels
    what is in flight.
    """

    at: float
    seconds: float
    run: events.RunStarted | None
    end: events.RunFinished | None
    paused: bool
    documents: DocumentProgress
    pages: PageProgress
    speed: Speed
    waited: float
    grace_left: float | None
    eta: float | None
    eta_at_least: bool
    load: LoadSample
    requests: int
    retried: int
    retries_by_code: dict[str, int]
    prompt_tokens: int
    completion_tokens: int
    workers: tuple[WorkerState, ...]
    worker_stops: dict[str, int]
    servers: tuple[ServerState, ...]
    gpus: tuple[GpuState, ...]
    failures: tuple[FailureNote, ...]
    failures_by_class: dict[str, int]
    causes: tuple[FailureCause, ...]
    notices: tuple[tuple[float, events.Notice], ...]
    history: tuple[float, ...]
    verdict: Bottleneck
    scored: events.DocumentScored | None = None
    rollout: RolloutState | None = None
