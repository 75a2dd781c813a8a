"""All metrics, each declared once: docs/metrics.md, the exposition and its tests come from here.

Names have the prefix ``mineru_batch_`` and base units (seconds, bytes, ratios 0-1); counters end in
``_total``. No label holds a document's name: the number of series is bounded by servers, GPUs and classes of
failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mineru_cli.domain.events import LATENCY_BOUNDS

PREFIX = "mineru_batch_"
Kind = Literal["counter", "gauge", "histogram"]

PAGE_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0)
DOCUMENT_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``known`` are values of the first label that are exported from the start, at zero."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def full_name(self) -> str:
        """The name with prefix and suffix."""
        return PREFIX + self.name


def _counter(name: str, text: str, *labels: str, known: tuple[str, ...] = ()) -> Metric:
    return Metric(name, "counter", text, labels, known)


def _gauge(name: str, text: str, *labels: str) -> Metric:
    return Metric(name, "gauge", text, labels)


BUILD_INFO = _gauge("build_info", "Always 1; the version is the label.", "version")
RUN_INFO = _gauge("run_info", "Always 1 once the servers answered.", "model", "recipe", "text")
RUN_ACTIVE = _gauge("run_active", "1 while the run is active, 0 after its end.")
RUN_START = _gauge("run_start_timestamp_seconds", "Unix time of the run's start.")
RUN_EXIT_CODE = _gauge("run_exit_code", "The run's exit code; absent before its end.")
LAST_PAGE = _gauge("last_page_timestamp_seconds", "Unix time at which the last page was finished.")

DOCUMENTS_FOUND = _gauge("documents_found", "Documents found so far.")
DISCOVERY_DONE = _gauge("discovery_finished", "1 once all inputs were looked through.")
INPUT_BYTES = _gauge("input_bytes", "Size of the documents found so far.")
DOCUMENTS = _counter(
    "documents_total", "Documents that need no more work, by outcome.", "outcome",
    known=("done", "partial", "failed", "skipped"),
)  # fmt: skip
PAGES = _counter(
    "pages_total", "Pages read in this run, by outcome; incomplete ones miss content.", "outcome",
    known=("done", "incomplete", "failed"),
)  # fmt: skip
PAGES_RESUMED = _counter("pages_resumed_total", "Pages kept from an earlier run.")
BACKLOG_DOCUMENTS = _gauge("backlog_documents", "Documents found that still need work.")
BACKLOG_PAGES = _gauge("backlog_pages", "Pages that still need work, estimated for unopened documents.")
PAGE_DURATION = Metric(
    "page_duration_seconds",
    "histogram",
    "Time of a page from its first touch to its result.",
    buckets=PAGE_SECONDS,
)
PAGE_WAIT = _counter("page_wait_seconds_total", "Time for which pages waited for their first free slot.")
DOCUMENT_DURATION = Metric(
    "document_duration_seconds", "histogram", "Time of a document from its opening to its files.",
    buckets=DOCUMENT_SECONDS,
)  # fmt: skip
FAILURES = _counter("failures_total", "Failures of documents and pages, by class.", "scope", "code")

REQUESTS = _counter(
    "requests_total", "Requests of finished and failed pages, by outcome.", "outcome",
    known=("answered", "retried"),
)  # fmt: skip
RETRIES = _counter("retries_total", "Requests that failed and were retried.", "server", "code")
SERVER_REQUESTS = _counter(
    "server_requests_total",
    "Requests that ended, by server and outcome: stop, length, repetition or a class of failure.",
    "server",
    "outcome",
)
REQUEST_DURATION = Metric(
    "request_duration_seconds", "histogram", "Time of the successful attempt of a request.", ("server",),
    buckets=LATENCY_BOUNDS,
)  # fmt: skip
TOKENS = _counter("tokens_total", "Tokens that the servers reported.", "kind", known=("prompt", "completion"))
IN_FLIGHT = _gauge("requests_in_flight", "Requests in flight.")
LIMIT = _gauge("request_limit", "Limit of requests in flight.")
QUEUED = _gauge("requests_queued", "Requests that wait for a free slot.")
PREPARED = _gauge("pages_prepared", "Pages that are rendered and wait for a free slot.")
BREAKER = _gauge("breaker_state", "Circuit breaker per server: 0 closed, 1 half-open, 2 open.", "server")
BREAKER_OPENINGS = _counter("breaker_openings_total", "Openings of workers' breakers for a server.", "server")

WORKERS = _gauge("workers", "Worker processes that are ready.")
WORKER_RESTARTS = _counter(
    "worker_restarts_total", "Workers that ended before the run did, by reason.", "reason",
    known=("crashed", "killed", "page-timeout", "silent", "memory"),
)  # fmt: skip
WORKER_MEMORY = _gauge("workers_resident_memory_bytes", "Resident memory of all workers.")
WORKER_CPU = _counter("workers_cpu_seconds_total", "CPU time of all workers.")

SERVER_RUNNING = _gauge("server_requests_running", "Requests running on a server, as it reports.", "server")
SERVER_WAITING = _gauge("server_requests_waiting", "Requests queued on a server, as it reports.", "server")
SERVER_KV = _gauge("server_kv_cache_usage_ratio", "KV cache in use as a server reports it, 0-1.", "server")
GPU_UTILISATION = _gauge("gpu_utilisation_ratio", "GPU utilisation as observed, 0-1.", "gpu", "source")
GPU_MEMORY = _gauge("gpu_memory_used_bytes", "GPU memory in use as observed.", "gpu", "source")

QUALITY_MATCH = _gauge("quality_match_ratio", "Mean match with the baseline so far, 0-1.")
QUALITY_DOCUMENTS = _gauge("quality_documents_scored", "Documents compared with the baseline so far.")

ROLLOUT_SHARE = _gauge("rollout_candidate_ratio", "Share of the documents that goes to the candidate, 0-1.")
ROLLOUT_REVERTED = _gauge("rollout_reverted", "1 once the rollout was reverted, 0 before.")
ROLLOUT_REVERTS = _counter("rollout_reverts_total", "Rollouts that were reverted, by guard.", "guard")
ROLLOUT_VERDICT = _gauge(
    "rollout_guard_verdict", "Verdict of a guard: 0 pass, 1 inconclusive, 2 fail.", "guard"
)
ROLLOUT_MATCH = _gauge("rollout_match_ratio", "Mean match of the candidate with the baseline so far, 0-1.")
ROLLOUT_SCORED = _gauge("rollout_documents_scored", "Documents of the candidate compared so far.")
DOCUMENTS_RECALLED = _counter("documents_recalled_total", "Documents restarted at another target.")

METRICS: tuple[Metric, ...] = tuple(value for value in globals().values() if isinstance(value, Metric))
"""All of them, in the order of their declaration."""
