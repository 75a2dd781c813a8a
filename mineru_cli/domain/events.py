"""Events of a run. Live view, log, JSON lines and metrics are equal observers of them.

Every event is a frozen value of plain types, so that it can be written as one JSON line. ``document`` is
always a ``DocumentRef.key``, pages are 0-based, times are in seconds, memory is in bytes. ``run`` is the id
of the run; it is set when an event is announced (``engine.observers``), and so is ``worker`` on events from a
worker (``Coordinator.receive``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from typing import Literal

from mineru_cli.domain.confidence import PageConfidence
from mineru_cli.domain.document import Status
from mineru_cli.domain.failure import Failure

SCHEMA = "mineru-batch/events/1"
"""The version of the event stream. Removing or redefining fields changes it; adding some does not."""

BreakerState = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """Base class of all events. ``run`` is "" until the event is announced."""

    run: str = ""


@dataclass(frozen=True, slots=True)
class RunStarted(RunEvent):
    """The servers were probed, and the conversion begins."""

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
    """A message that a user should read once."""

    level: Literal["info", "warning", "error"]
    text: str


@dataclass(frozen=True, slots=True)
class ServerAwaited(RunEvent):
    """No server has answered yet; sent at the first failed probe and every ten seconds after it.

    ``why`` is the latest reason, ``waited`` the seconds so far, ``limit`` the seconds after which the run
    gives up. The wait ends with ``RunStarted`` or ``RunFinished``.
    """

    servers: tuple[str, ...]
    why: str
    waited: float
    limit: float


@dataclass(frozen=True, slots=True)
class DiscoveryProgress(RunEvent):
    """Totals of discovery so far; ``finished`` means that they are final.

    ``unsupported`` counts files in folders that are not documents, by lower-case suffix, once the totals are
    final.
    """

    documents: int
    bytes: int
    finished: bool
    unsupported: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentSkipped(RunEvent):
    """The document is unchanged since an earlier run. ``status`` is its result in that run."""

    document: str
    pages: int
    status: Status = "done"


@dataclass(frozen=True, slots=True)
class DocumentStarted(RunEvent):
    """A worker opened the document; ``pages`` is the number of selected pages, ``done`` of those reused."""

    document: str
    pages: int
    done: int
    worker: int


@dataclass(frozen=True, slots=True)
class PageFinished(RunEvent):
    """One page was read and stored in the spool. ``flaws`` is the number of its known defects.

    ``loss`` is the flaw because of which content is missing or wrong. See ``domain.flaws``. ``refusal`` is
    the server's message if it rejected all requests for the page's blocks.

    ``seconds`` counts from the opening of the page, including the ``waited`` seconds of its first request for
    a slot. ``server`` is the last server that answered, with ``model``. ``faults`` counts failed requests at
    servers, also those with a successful retry; ``answer_seconds`` is the total time of the answers.
    ``confidence`` is set with ``--confidence`` if the server returns probabilities.
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
    """One page failed; the other pages of its document continue."""

    document: str
    page: int
    worker: int
    failure: Failure
    requests: int = 0
    retried: int = 0


@dataclass(frozen=True, slots=True)
class DocumentFinished(RunEvent):
    """The document was written (done, partial) or failed, and its result was recorded.

    ``incomplete_pages`` were read with lost content: they are not in ``failed_pages``. ``target`` is
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
"""Guards of a rollout; "candidate" is one that cannot be used at all, "user" a person's decision."""
Verdict = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True, slots=True)
class RolloutChanged(RunEvent):
    """The share of documents for the candidate has changed to ``percent`` (0-100).

    ``before`` is None at the begin of the run, ``reason`` is a sentence. A revert has its own event.
    """

    percent: float
    before: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class RolloutScored(RunEvent):
    """A document of the candidate was compared with the baseline's version. Matches are 0-1.

    ``mean`` is the mean of the ``documents`` scored so far.
    """

    document: str
    match: float
    mean: float
    documents: int


@dataclass(frozen=True, slots=True)
class RolloutJudged(RunEvent):
    """A guard's verdict changed. ``low`` and ``high`` are its confidence interval, in the unit of ``limit``.

    The unit is a share (0-1) for "error_rate" and "match", and a ratio of times for "latency"; values are
    null without a sample. ``documents`` is the number of the candidate's documents in the sample.
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
    """The rollout was reverted: the candidate gets no more documents, and those that it converted are redone.

    ``documents`` is the number that the candidate finished in this run; those of earlier runs on the folder
    are redone as well. ``target`` is the target that redoes them: "baseline" or "fallback".
    """

    guard: GuardName
    reason: str
    before: float
    documents: int
    target: str = "baseline"


@dataclass(frozen=True, slots=True)
class DocumentRecalled(RunEvent):
    """Earlier events of a document are void: it is converted again at another target.

    ``status`` is its earlier result, None if it was not finished; ``pages`` and ``failed_pages`` are those of
    its ``DocumentFinished``.
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
"""Upper bounds in seconds of the buckets in ``RequestFinished.latencies``; the last bucket has no bound."""


@dataclass(frozen=True, slots=True)
class RequestFinished(RunEvent):
    """Requests that ended at one worker since its last report: ``count`` of one server, kind and outcome.

    ``kind`` is "layout", "page" or a block's type. ``outcome`` is the finish reason ("stop", "length",
    "repetition") or the code of the request's final error. ``seconds`` is the total duration of the
    successful attempts, ``latencies`` their number per bucket of ``LATENCY_BOUNDS``. Sent every few seconds,
    not per request; the last ones of a crashed worker are missing.
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
    """One HTTP request to a server, for its span. ``began`` is in Unix seconds.

    ``span`` is the id in the ``traceparent`` header. Each retry is a request of its own: ``resend`` is its
    number, starting at 1, and ``after`` the span of the previous attempt. ``status`` is the HTTP status, None
    without a reply. ``error`` is the code of the error, or "" with ``finish_reason``. An unfinished request
    has neither.
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
        """Whether the request has not ended yet."""
        return self.status is None and not self.error


@dataclass(frozen=True, slots=True)
class RequestsTraced(RunEvent):
    """The requests of one sampled page, announced before the page's end; only with tracing.

    ``page`` is None for requests about the document as a whole. ``began`` and ``ended`` are Unix seconds.
    Requests of a slow page are announced early with ``unfinished``; those without an answer are sent again
    with the same span when they have ended.
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
    """A worker is ready for work. ``sandboxed`` means that the kernel restricts its permissions."""

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
    """The state of a worker, about twice per second.

    ``prepared`` pages and ``queued`` requests wait for a slot, ``units`` are assigned, and ``answered``
    requests got a completion since the worker's start.
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
    """The state of a worker's breaker for a server changed."""

    server: str
    state: BreakerState
    reason: str
    worker: int

    @property
    def why(self) -> str:
        """The reason without the leading server name, for output that has the name already."""
        return self.reason.removeprefix(f"{self.server}: ")


@dataclass(frozen=True, slots=True)
class ServerGauge(RunEvent):
    """One sample of a server's own metrics; None for metrics that it does not export."""

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
    """One sample of one GPU. ``utilisation`` is 0-1 or None; ``source`` is the source of the sample.

    An empty ``gpu`` with the source "unavailable" means that no GPU metrics are available.
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
    """Totals of a whole run, as in ``run.json``. ``retried`` is the number of retries in ``requests``.

    ``earlier_partial`` and ``earlier_failed`` are those in ``partial`` and ``failed`` from earlier runs.
    ``pages_kept`` is the number of reused pages, ``pages_skipped`` that of skipped documents.

    Rates exclude the ``waited`` seconds without an available server.
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
    """A stop was requested: pages in flight get up to ``grace`` seconds."""

    grace: float


@dataclass(frozen=True, slots=True)
class RunFinished(RunEvent):
    """The run ended. ``outcome`` is "finished", "interrupted", "given-up" or "failed"."""

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


def stamped(event: Event, run: str) -> Event:
    """A copy of the event with the id of its run: ``dataclasses.replace`` in half the time."""
    kind: type = type(event)
    make: Callable[..., Event] = kind
    return make(*_positional(kind)(event), run=run)


@lru_cache(maxsize=64)
def _positional(cls: type) -> Callable[[object], tuple[object, ...]]:
    """A function from an event to the values of all its fields but ``run``, in their order."""
    names = [one.name for one in fields(cls) if one.name != "run"]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda event: tuple(getattr(event, name) for name in names)


Observer = Callable[[Event, float], None]
"""Called with each event and its time (Unix seconds). It must be fast. One that raises is disabled."""
