"""The end of a run: outcome, exit code, and the report files."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from mineru_cli import __version__
from mineru_cli.domain.events import EndReason, FinalTotals, RunFinished
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import RunAborted
from mineru_cli.engine.results import DocumentResult, document_results
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.engine.storage import RunStorage
from mineru_cli.errors import (
    MinerUBatchError,
    OutputError,
    ServerError,
    ServerRefused,
    StorageError,
    StorageUnavailable,
    error_class,
)
from mineru_cli.observe.timeline import RunTimeline, write_timeline
from mineru_cli.settings import Settings
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.summary import (
    EarlierCounts,
    Ending,
    RequestCounts,
    RunSummary,
    run_confidence,
    summarise,
    write_failures,
    write_summary,
)
from mineru_cli.store.ports import PageStore
from mineru_cli.store.run_folder import RunFolder

INTERRUPTED = 130
RESUME = "repeat the command: it continues where it stopped"


@dataclass(frozen=True, slots=True)
class RunReport:
    """The result of a run. ``summary`` is the content of ``run.json``, ``failure`` what aborted the run.

    ``page_failure`` is why the page of charts could not be written, ``number`` the run's in the ledger.
    """

    summary: RunSummary
    output: Path
    message: str = ""
    hint: str = ""
    failure: Failure | None = None
    page_failure: Failure | None = None
    number: int = 0

    @property
    def documents(self) -> Iterator[DocumentResult]:
        """Every document of the output folder by key, read from its ledger as you go.

        Those that an earlier run had done are ``skipped``. Raises ``OutputError``.
        """
        return document_results(self.output, self.number)

    @property
    def exit_code(self) -> int:
        """0 success, 1 too many failures, 4 servers unavailable, 130 interrupted."""
        return self.summary.exit_code


class Outcome(NamedTuple):
    """How a run ended. An ``exit_code`` of None is decided by the bad documents and the rollout."""

    name: str
    exit_code: int | None = None
    message: str = ""
    hint: str = ""
    failure: Failure | None = None
    reason: EndReason = ""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Facts for the report that are not in the ledger.

    ``run`` is its number in the ledger, ``id`` its name in events and ``run.json``. ``skipped`` counts by
    status in the ledger; ``found`` are all documents that discovery found, ``read`` the pages that were read.
    ``waited`` are the seconds in which no server answered, ``unsupported`` counts the files that were
    skipped, by suffix. ``sandbox`` says what confined the workers.
    """

    run: int
    id: str
    started: float
    seconds: float
    found: int
    read: int
    skipped: Counter[str]
    requests: RequestCounts
    server: dict[str, Any]
    workers: int
    waited: float = 0.0
    unsupported: dict[str, int] = field(default_factory=dict)
    rollout: Mapping[str, Any] | None = None
    skipped_pages: int = 0
    sandbox: str = ""
    skipped_links: tuple[str, ...] = ()


def outcome_of(broken: RunAborted | None, stop: StopToken) -> Outcome:
    """The outcome: aborted takes precedence over interrupted, and that over finished."""
    if broken:
        failure, kind = broken.failure, error_class(broken.failure.code)
        given_up = issubclass(kind, (ServerError, StorageUnavailable)) and not issubclass(kind, ServerRefused)
        name = "given-up" if given_up else "failed"
        return Outcome(name, kind.exit_code, failure.message, failure.hint or RESUME, failure)
    if stop.requests:
        return Outcome("interrupted", INTERRUPTED, stop.reason or "stopped", RESUME)
    return Outcome("finished")


def make_report(settings: Settings, ledger: Ledger, outcome: Outcome, facts: RunFacts) -> RunReport:
    """Summarise the run. Documents that failed in an earlier run and were not retried count as failed."""
    totals, skipped = ledger.totals(facts.run), facts.skipped
    earlier = EarlierCounts(partial=skipped["partial"], failed=skipped["failed"])
    left = earlier.partial + earlier.failed
    if outcome.exit_code is None:
        bad = totals.partial + totals.failed + left
        outcome = _judged(settings, bad, bad + totals.done + skipped["done"])
        if facts.rollout and facts.rollout.get("reason") and not outcome.exit_code:
            outcome = _reverted(settings, facts.rollout["reason"])
    summary = summarise(
        totals,
        skipped=skipped["done"],
        found=facts.found,
        read=facts.read,
        earlier=earlier,
        skipped_pages=facts.skipped_pages,
        ending=Ending(outcome.name, outcome.exit_code or 0, outcome.reason),
        run=facts.id,
        started=facts.started,
        seconds=facts.seconds,
        waited=facts.waited,
        requests=facts.requests,
        failures_by_class=ledger.failures_by_class(None if left else facts.run),
        settings={**shown_settings(settings), "workers": facts.workers},
        server=facts.server,
        versions=versions(),
        unsupported=facts.unsupported,
        rollout=dict(facts.rollout) if facts.rollout is not None else None,
        sandbox=facts.sandbox,
        skipped_links=facts.skipped_links,
        confidence=run_confidence(ledger.confidences(facts.run)) if settings.confidence else None,
    )
    return RunReport(
        summary, settings.output, outcome.message, outcome.hint, outcome.failure, number=facts.run
    )


def versions() -> dict[str, str]:
    """Versions that affect the output: prompts and sampling come from ``mineru-vl-utils``."""
    return {
        "mineru-batch": __version__,
        "mineru-vl-utils": version("mineru-vl-utils"),
        "python": platform.python_version(),
    }


def _judged(settings: Settings, bad: int, all_: int) -> Outcome:
    allowed = settings.max_error_rate
    if not all_ or bad / all_ <= allowed:
        return Outcome("finished", 0)
    message = f"{bad} of {all_} documents failed or lost pages (allowed: --max-error-rate {allowed:g})"
    hint = f"see: mineru-batch runs failures {settings.output}"
    return Outcome("finished", 1, message, hint, reason="failures")


def _reverted(settings: Settings, reason: str) -> Outcome:
    message = f"the rollout was reverted, and all documents were converted without the candidate: {reason}"
    hint = f"see: mineru-batch rollout status {settings.output}"
    return Outcome("finished", 1, message, hint, reason="rollout-reverted")


def shown_settings(settings: Settings) -> dict[str, Any]:
    """Settings as valid JSON and without secrets."""
    shown = settings.model_dump(mode="json", exclude={"inputs", "output", "include", "exclude"})
    for name in ("inputs", "include", "exclude"):
        shown[name] = [
            os.fsencode(one).decode("utf-8", "backslashreplace") for one in getattr(settings, name)
        ]
    return shown


def run_finished(report: RunReport) -> RunFinished:
    """The event that ends a run."""
    summary = report.summary
    documents, pages, requests = summary.documents, summary.pages, summary.requests
    totals = FinalTotals(
        documents=documents.total,
        done=documents.done,
        partial=documents.partial,
        failed=documents.failed,
        skipped=documents.skipped,
        pages=pages.total,
        pages_done=pages.done,
        pages_failed=pages.failed,
        requests=requests.sent,
        retried=requests.retried,
        pages_incomplete=pages.incomplete,
        pages_kept=pages.kept,
        pages_skipped=pages.skipped,
        earlier_partial=summary.earlier.partial,
        earlier_failed=summary.earlier.failed,
        waited=summary.waiting_seconds,
        pages_per_second=summary.pages_per_second,
        pdfs_per_hour=summary.pdfs_per_hour,
    )
    return RunFinished(
        summary.outcome,
        summary.exit_code,
        summary.seconds,
        report.message,
        report.hint,
        totals,
        summary.reason,
    )


def write_report(report: RunReport, ledger: Ledger, timeline: RunTimeline | None) -> RunReport:
    """Write ``run.json``, ``failures.jsonl`` and ``timeline.json``. A full disk is noted in the report."""
    folder = RunFolder(report.output)
    try:
        ledger.end(report.summary.outcome, report.summary.exit_code, report.summary.reason)
        write_summary(folder.summary, report.summary)
        write_failures(folder.failures, ledger.failures())
        if timeline is not None:
            write_timeline(folder.timeline, timeline)
    except OutputError as error:
        return _with_error(report, error)
    return report


def finish_storage(report: RunReport, storage: RunStorage, spool: PageStore, live: set[str]) -> RunReport:
    """Clear the spool except for ``live`` documents, and publish the report with the outputs. Blocks.

    Errors are noted in the report.
    """
    try:
        spool.sweep(live)
        storage.results.recover()  # copies and drafts of killed workers
        storage.publish_state()
    except (OutputError, StorageError) as error:
        return _with_error(report, error)
    return report


def _with_error(report: RunReport, error: MinerUBatchError) -> RunReport:
    summary = report.summary
    if not summary.exit_code:
        summary = summary.model_copy(update={"exit_code": error.exit_code, "reason": "record-incomplete"})
    return replace(report, summary=summary, message=report.message or error.message, hint=error.hint)
