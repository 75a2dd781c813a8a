"""What a run announces. Live view, log, JSON lines, metrics and ledger are equal observers of these.

Every event is a frozen value of plain types, so that each can be written as one JSON line. ``document`` is
always a ``DocumentRef.key``, pages count from 0, times are seconds, memory is bytes. ``run`` is the id of the
run, the same on all of its events; it is stamped as they are announced (``engine.observers``), and so is
``worker`` on whatever a worker sends (``Coordinator.receive``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mineru_cli.domain.confidence import PageConfidence
from mineru_cli.domain.document import Status
from mineru_cli.domain.failure import Failure

SCHEMA = "mineru-batch/events/1"
"""The version of the event stream: it changes when fields go or change their meaning, not when some come."""

BreakerState = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """What all events have. ``run`` is "" until the event is announced."""

    run: str = ""


@dataclass(frozen=True, slots=True)
class RunStarted(RunEvent):
    """Servers were probed and work begins."""

    output: str
    servers: tuple[str, ...]
    model: str
    recipe: str
    text: str
    workers: int
    concurrency: int
    adaptive: bool
    resumed: bool
    embedded: bool = False
    schema: str = SCHEMA


@dataclass(frozen=True, slots=True)
class Notice(RunEvent):
    """Something a user should read once."""

    level: Literal["info", "warning", "error"]
    text: str


@dataclass(frozen=True, slots=True)
class ServerAwaited(RunEvent):
    """No server has answered yet; sent when that is first seen and every ten seconds from then on.

    ``why`` is the latest reason, ``waited`` the seconds so far, ``limit`` the seconds after which the run
    gives up. Ends with ``RunStarted``, or with the run.
    """

    servers: tuple[str, ...]
    why: str
    waited: float
    limit: float


@dataclass(frozen=True, slots=True)
class DiscoveryProgress(RunEvent):
    """Running totals of discovery; ``finished`` means that they are final.

    ``unsupported`` counts, once they are final, the files of folders that no document can be made of, by
    lower-case suffix.
    """

    documents: int
    bytes: int
    finished: bool
    unsupported: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentSkipped(RunEvent):
    """Dealt with before and unchanged. ``status`` is what became of it then."""

    document: str
    pages: int
    status: Status = "done"


@dataclass(frozen=True, slots=True)
class DocumentStarted(RunEvent):
    """A worker opened the document; ``pages`` counts the pages selected, ``done`` those kept from before."""

    document: str
    pages: int
    done: int
    worker: int


@dataclass(frozen=True, slots=True)
class PageFinished(RunEvent):
    """One page is read and safe in the spool. ``flaws`` counts known defects of it and of its blocks.

    ``loss`` says why the page is incomplete: content of it is missing or wrong. See ``domain.flaws``.
    ``refusal`` is what the server said where it refused all that was asked about the page's blocks.

    ``seconds`` run from the first touch of the page; ``waited`` of them its first request had no slot yet.
    ``server`` answered (the last of several), as ``model``. ``faults`` are failures of servers on its
    requests, also where a retry helped; ``answer_seconds`` is the time of the answers added up.
    ``confidence`` is there with ``--confidence`` where the server returns probabilities.
    """

    document: str
    page: int
    worker: int
    seconds: float
    blocks: int
    flaws: int
    requests: int
    retried: int
    layer_blocks: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    waited: float = 0.0
    loss: Failure | None = None
    refusal: str = ""
    confidence: PageConfidence | None = None
    server: str = ""
    model: str = ""
    faults: int = 0
    answer_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PageFailed(RunEvent):
    """One page cannot be read; the rest of its document goes on."""

    document: str
    page: int
    worker: int
    failure: Failure
    requests: int = 0
    retried: int = 0


@dataclass(frozen=True, slots=True)
class DocumentFinished(RunEvent):
    """The document is written (done, partial) or given up (failed), and recorded.

    ``incomplete_pages`` were read and lost content: they are not among ``failed_pages``. ``target`` is
    "candidate" or "fallback" in a rollout, else empty.
    """

    document: str
    status: Status
    pages: int
    failed_pages: int
    seconds: float
    failure: Failure | None = None
    incomplete_pages: int = 0
    target: str = ""


@dataclass(frozen=True, slots=True)
class DocumentScored(RunEvent):
    """A finished document was compared with the baseline. Matches are 0-1, ``mean`` over ``documents``."""

    document: str
    match: float
    mean: float
    documents: int


GuardName = Literal["error_rate", "match", "latency", "candidate", "user"]
"""What a rollout is judged by; "candidate" is one that cannot be used at all, "user" a person's decision."""
Verdict = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True, slots=True)
class RolloutChanged(RunEvent):
    """The share of documents that go to the candidate is ``percent`` from now on (0-100).

    ``before`` is None when the run begins, ``reason`` a sentence. A revert has its own event.
    """

    percent: float
    before: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class RolloutScored(RunEvent):
    """A document of the candidate was compared with the baseline's version of it. Matches are 0-1.

    ``mean`` is over the ``documents`` scored so far.
    """

    document: str
    match: float
    mean: float
    documents: int


@dataclass(frozen=True, slots=True)
class RolloutJudged(RunEvent):
    """A guard's verdict changed. ``low`` and ``high`` bound what it measures, in the unit of its ``limit``.

    Shares for "error_rate" and "match" (0-1), a ratio of times for "latency"; null before there is a sample.
    ``documents`` of the candidate are its sample.
    """

    guard: GuardName
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    limit: float
    documents: int


@dataclass(frozen=True, slots=True)
class RolloutReverted(RunEvent):
    """The rollout is over: no document goes to the candidate any more, and what it converted is redone.

    ``documents`` were finished by the candidate in this run and are in doubt; those of earlier runs on the
    folder are redone as well. ``target`` is what redoes them: "baseline" or "fallback".
    """

    guard: GuardName
    reason: str
    before: float
    documents: int
    target: str = "baseline"


@dataclass(frozen=True, slots=True)
class DocumentRecalled(RunEvent):
    """What was announced of a document counts no more: it begins anew at another target.

    ``status`` is the one that it was finished with, None where it was still in work; ``pages`` and
    ``failed_pages`` are those of its ``DocumentFinished``.
    """

    document: str
    status: Status | None = None
    pages: int = 0
    failed_pages: int = 0


@dataclass(frozen=True, slots=True)
class RequestRetried(RunEvent):
    """A request failed and will be retried after ``wait`` seconds."""

    server: str
    code: str
    attempt: int
    wait: float
    worker: int


LATENCY_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds, in seconds, of the counts in ``RequestFinished.latencies``; the last is for the rest."""


@dataclass(frozen=True, slots=True)
class RequestFinished(RunEvent):
    """Requests that ended at one worker since it last reported: ``count`` of one server, kind and outcome.

    ``kind`` is "layout", "page" or a block's type. ``outcome`` is how the model ended ("stop", "length",
    "repetition") or the code of the error that a request was given up with. ``seconds`` is the sum of the
    successful attempts, ``latencies`` how many of these lay within each of ``LATENCY_BOUNDS``. Reported every
    few seconds, not per request; those of a worker that crashed since are missing.
    """

    server: str
    kind: str
    outcome: str
    worker: int
    count: int
    seconds: float = 0.0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latencies: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """One HTTP request to a server, as its span shows it. ``began`` is in Unix seconds.

    ``span`` is the id that the server got in ``traceparent``. A request that is sent again is another one:
    ``resend`` counts from 1 then, and ``after`` is the span of the one before. ``status`` is that of HTTP,
    None where no reply came. ``error`` is the code of the error, or "" with ``finish_reason``. A request
    that is under way has neither.
    """

    span: str
    server: str
    kind: str
    began: float
    seconds: float
    resend: int = 0
    after: str = ""
    status: int | None = None
    error: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def under_way(self) -> bool:
        """Whether its end is not known."""
        return self.status is None and not self.error


@dataclass(frozen=True, slots=True)
class RequestsTraced(RunEvent):
    """The requests of one page that is sampled, announced before its end; only where tracing is on.

    ``page`` is None for questions about the document as a whole. ``began`` and ``ended`` are Unix seconds.
    While a page is being read for long, what it sent meanwhile is announced with ``unfinished``: requests
    that have no answer yet come again, under the same span, with their end.
    """

    document: str
    page: int | None
    worker: int
    began: float
    ended: float
    requests: tuple[RequestTrace, ...]
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class WorkerStarted(RunEvent):
    """A worker is ready for units. ``sandboxed``: the kernel denies it what it does not need."""

    worker: int
    pid: int
    seconds: float
    sandboxed: bool = False


@dataclass(frozen=True, slots=True)
class WorkerStopped(RunEvent):
    """A worker ended. ``reason`` is "finished", "crashed", "killed", "page-timeout", "silent" or "memory"."""

    worker: int
    pid: int
    reason: str
    signal: str = ""


@dataclass(frozen=True, slots=True)
class WorkerGauge(RunEvent):
    """How a worker is doing, about twice a second.

    ``prepared`` pages wait for a slot, ``queued`` requests wait for a slot, ``units`` are held, ``answered``
    requests came back with a completion since the worker started.
    """

    worker: int
    units: int
    prepared: int
    queued: int
    in_flight: int
    limit: int
    rss: int
    cpu_seconds: float
    answered: int = 0


@dataclass(frozen=True, slots=True)
class BreakerChanged(RunEvent):
    """A worker's breaker for a server changed its state."""

    server: str
    state: BreakerState
    reason: str
    worker: int

    @property
    def why(self) -> str:
        """The reason without the server's name in front, for places that name it already."""
        return self.reason.removeprefix(f"{self.server}: ")


@dataclass(frozen=True, slots=True)
class ServerGauge(RunEvent):
    """One sample of a server's own metrics; None where it does not say."""

    server: str
    running: float | None = None
    waiting: float | None = None
    kv_usage: float | None = None
    generation_tokens: float | None = None
    prompt_tokens: float | None = None
    preemptions: float | None = None
    ttft_sum: float | None = None
    ttft_count: float | None = None


@dataclass(frozen=True, slots=True)
class GpuGauge(RunEvent):
    """One sample of one GPU. ``utilisation`` is 0-1 or None; ``source`` names where it was read.

    An empty ``gpu`` with the source "unavailable" says that no GPU can be asked.
    """

    gpu: str
    source: str
    utilisation: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    power: float | None = None
    temperature: float | None = None
    energy: float | None = None


@dataclass(frozen=True, slots=True)
class FinalTotals:
    """Counts of a whole run, as in ``run.json``. ``retried`` counts the retries among ``requests``.

    ``earlier_partial`` and ``earlier_failed`` are those among ``partial`` and ``failed`` that an earlier run
    left so. ``pages_kept`` of the pages were read before, ``pages_skipped`` are those of other documents.

    Rates leave out the seconds ``waited`` while no server answered.
    """

    documents: int
    done: int
    partial: int
    failed: int
    skipped: int
    pages: int
    pages_done: int
    pages_failed: int
    requests: int
    retried: int
    waited: float = 0.0
    pages_per_second: float | None = None
    pdfs_per_hour: float | None = None
    pages_incomplete: int = 0
    pages_kept: int = 0
    pages_skipped: int = 0
    earlier_partial: int = 0
    earlier_failed: int = 0


@dataclass(frozen=True, slots=True)
class Stopping(RunEvent):
    """The run was asked to stop: pages in flight get up to ``grace`` seconds."""

    grace: float


@dataclass(frozen=True, slots=True)
class RunFinished(RunEvent):
    """The run's end. ``outcome`` is "finished", "interrupted", "given-up" or "failed"."""

    outcome: str
    exit_code: int
    seconds: float
    message: str = ""
    hint: str = ""
    totals: FinalTotals | None = None


Event = (
    RunStarted
    | Notice
    | ServerAwaited
    | DiscoveryProgress
    | DocumentSkipped
    | DocumentStarted
    | PageFinished
    | PageFailed
    | DocumentFinished
    | DocumentScored
    | RolloutChanged
    | RolloutScored
    | RolloutJudged
    | RolloutReverted
    | DocumentRecalled
    | RequestRetried
    | RequestFinished
    | RequestsTraced
    | WorkerStarted
    | WorkerStopped
    | WorkerGauge
    | BreakerChanged
    | ServerGauge
    | GpuGauge
    | Stopping
    | RunFinished
)

Observer = Callable[[Event, float], None]
"""Called with each event and its time (Unix seconds). Must be quick. One that raises is switched off."""
