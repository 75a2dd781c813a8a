"""What a run leaves for people and machines to read: ``run.json`` and ``failures.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from mineru_cli.domain.events import EndReason
from mineru_cli.store.ledger.confidence import ConfidenceTotals
from mineru_cli.store.ledger.faults import shown
from mineru_cli.store.ledger.records import FailedDocument, RunTotals
from mineru_cli.store.local.files import write_file

SCHEMA = "mineru-batch/run/1"


class _SummaryPart(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class DocumentCounts(_SummaryPart):
    """``total`` is the sum of the others, and of those found but not finished when the run was stopped."""

    total: int = 0
    done: int = 0
    partial: int = 0
    failed: int = 0
    skipped: int = 0


class PageCounts(_SummaryPart):
    """Pages of the documents that this run opened. ``incomplete`` lost content.

    ``total`` is more than those that are done, failed and incomplete together when the run was stopped.
    ``kept`` of the done and incomplete ones were read in an earlier run. ``skipped`` are the pages of the
    documents that were skipped or left as they are: they are not in ``total``.
    """

    total: int = 0
    done: int = 0
    failed: int = 0
    incomplete: int = 0
    kept: int = 0
    skipped: int = 0


class EarlierCounts(_SummaryPart):
    """Documents among the partial and failed ones that an earlier run left so: this one did not try them."""

    partial: int = 0
    failed: int = 0


class RequestCounts(_SummaryPart):
    """Requests to model servers, ``retried`` being those among ``sent`` that were retries."""

    sent: int = 0
    retried: int = 0


class UncertainBlockLine(_SummaryPart):
    """A block: ``page`` counts from 1, ``block`` is its place among the page's in ``_model.json``, from 0."""

    key: str
    page: int
    block: int
    type: str
    mean: float
    lowest: float


class RunConfidence(_SummaryPart):
    """Probabilities of tokens, 0-1, with ``--confidence``: of all ``tokens`` of the run's ``pages``.

    ``least_certain`` has the least certain block of each of the 100 pages where that is lowest.
    """

    mean: float
    lowest: float
    tokens: int
    pages: int
    least_certain: list[UncertainBlockLine]


class RunSummary(_SummaryPart):
    """``run.json``. ``run`` is the id that the run's events have, ``reason`` is that of ``RunFinished``.

    Times in seconds, ``started`` in Unix seconds. Rates are over the run without its
    ``waiting_seconds``, in which no server answered. ``sandbox`` says what confined the workers.
    ``skipped_links`` names the first links that lead out of their INPUT.
    """

    schema_: str = Field(default=SCHEMA, alias="schema")
    run: str = ""
    outcome: str
    exit_code: int
    reason: EndReason = ""
    started: float
    seconds: float
    waiting_seconds: float = 0.0
    documents: DocumentCounts
    earlier: EarlierCounts = Field(default_factory=EarlierCounts)
    pages: PageCounts
    requests: RequestCounts
    pages_per_second: float
    pdfs_per_hour: float
    failures_by_class: dict[str, int]
    settings: dict[str, Any]
    server: dict[str, Any]
    versions: dict[str, str]
    unsupported: dict[str, int] = Field(default_factory=dict)
    rollout: dict[str, Any] | None = None
    sandbox: str = ""
    skipped_links: list[str] = Field(default_factory=list)
    confidence: RunConfidence | None = None


class FailedPageLine(_SummaryPart):
    """One page that failed or is incomplete. ``page`` counts from 1, as people do."""

    page: int
    code: str
    message: str


class FailureLine(_SummaryPart):
    r"""One line of ``failures.jsonl``. ``path`` shows bytes that are not UTF-8 as ``\xNN``."""

    path: str
    key: str
    status: str
    code: str
    message: str
    hint: str
    pages: list[FailedPageLine]


class Ending(NamedTuple):
    """How a run ended, as in ``RunFinished``."""

    outcome: str
    exit_code: int
    reason: EndReason = ""


def summarise(
    totals: RunTotals,
    *,
    skipped: int,
    found: int = 0,
    read: int | None = None,
    earlier: EarlierCounts | None = None,
    skipped_pages: int = 0,
    ending: Ending,
    run: str = "",
    started: float,
    seconds: float,
    waited: float = 0.0,
    requests: RequestCounts | None = None,
    failures_by_class: dict[str, int],
    settings: dict[str, Any],
    server: dict[str, Any],
    versions: dict[str, str],
    unsupported: dict[str, int] | None = None,
    rollout: dict[str, Any] | None = None,
    sandbox: str = "",
    skipped_links: Iterable[str] = (),
    confidence: RunConfidence | None = None,
) -> RunSummary:
    """The summary of one run.

    ``totals`` are those of this run's own documents, ``earlier`` those that it left unchanged; of these
    and of the skipped ones are ``skipped_pages``.

    ``found`` counts all documents that discovery reported, 0 when not known. ``read`` are the pages
    read in this run, None for all pages of its documents. ``requests``, when given, also counts those of
    unfinished documents. ``unsupported`` counts skipped files, by suffix.
    """
    left = earlier or EarlierCounts()
    read = _good_pages(totals) if read is None else read
    working = seconds - min(waited, seconds)
    return RunSummary(
        run=run,
        **ending._asdict(),
        started=started,
        seconds=round(seconds, 3),
        waiting_seconds=round(waited, 3),
        documents=_document_counts(totals, left, skipped, found),
        earlier=left,
        pages=_page_counts(totals, read, skipped_pages),
        requests=requests or RequestCounts(sent=totals.requests, retried=totals.retried),
        pages_per_second=round(read / working, 3) if working > 0 else 0.0,
        pdfs_per_hour=round((totals.done + totals.partial) * 3600 / working, 1) if working > 0 else 0.0,
        failures_by_class=failures_by_class,
        settings=settings,
        server=server,
        versions=versions,
        unsupported=unsupported or {},
        rollout=rollout,
        sandbox=sandbox,
        skipped_links=[shown(path) for path in skipped_links],
        confidence=confidence,
    )


def _document_counts(totals: RunTotals, left: EarlierCounts, skipped: int, found: int) -> DocumentCounts:
    taken_up = totals.done + totals.partial + totals.failed + totals.running + left.partial + left.failed
    return DocumentCounts(
        total=max(taken_up + skipped, found),
        done=totals.done,
        partial=totals.partial + left.partial,
        failed=totals.failed + left.failed,
        skipped=skipped,
    )


def _page_counts(totals: RunTotals, read: int, skipped: int) -> PageCounts:
    good = _good_pages(totals)
    return PageCounts(
        total=totals.pages,
        done=good - totals.incomplete_pages,
        failed=totals.failed_pages,
        incomplete=totals.incomplete_pages,
        kept=max(0, good - read),
        skipped=skipped,
    )


def _good_pages(totals: RunTotals) -> int:
    return totals.pages - totals.failed_pages - totals.unread_pages


def run_confidence(totals: ConfidenceTotals | None) -> RunConfidence | None:
    """As ``run.json`` has it."""
    if totals is None:
        return None
    return RunConfidence(
        mean=round(totals.overall.mean, 4),
        lowest=round(totals.overall.lowest, 4),
        tokens=totals.overall.tokens,
        pages=totals.pages,
        least_certain=[
            UncertainBlockLine(
                key=shown(one.key),
                page=one.page + 1,
                block=one.block.block,
                type=one.block.type,
                mean=round(one.block.mean, 4),
                lowest=round(one.block.lowest, 4),
            )
            for one in totals.least
        ],
    )


def write_summary(path: Path, summary: RunSummary) -> None:
    """Write ``run.json``. Raises ``OutputError``."""
    text = json.dumps(summary.model_dump(mode="json", by_alias=True), indent=2)
    write_file(path, f"{text}\n".encode(), private=True)


def read_summary(path: Path) -> RunSummary:
    """The summary of the last run. Raises ``OSError``, and ``ValueError`` for something else than one."""
    summary = RunSummary.model_validate_json(path.read_bytes())
    if "reason" in summary.model_fields_set:
        return summary
    return summary.model_copy(update={"reason": _reason_of_older(summary)})


def _reason_of_older(summary: RunSummary) -> EndReason:
    """The reason of a run whose version did not keep it."""
    if summary.outcome != "finished" or not summary.exit_code:
        return ""
    if summary.exit_code != 1:
        return "record-incomplete"
    documents, allowed = summary.documents, summary.settings.get("max_error_rate")
    bad = documents.partial + documents.failed
    within = isinstance(allowed, float) and bad <= allowed * (bad + documents.done + documents.skipped)
    return "rollout-reverted" if within and (summary.rollout or {}).get("reason") else "failures"


def write_failures(path: Path, failures: Iterable[FailedDocument]) -> None:
    """Write ``failures.jsonl``, empty when nothing failed. Raises ``OutputError``."""
    lines = [failure_line(document).model_dump_json() + "\n" for document in failures]
    write_file(path, "".join(lines).encode(), private=True)


def failure_lines(path: Path) -> Iterator[FailureLine]:
    """The lines of a ``failures.jsonl``, none where there is no such file. What is not one is left out."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            with suppress(ValueError):
                yield FailureLine.model_validate_json(line)


def failure_line(document: FailedDocument) -> FailureLine:
    """A failed document as its line. A partial one has the failure of its first lost page."""
    reason = document.failure or (document.pages[0][1] if document.pages else None)
    return FailureLine(
        path=shown(document.path),
        key=document.key,
        status=document.status,
        code=reason.code if reason else "",
        message=reason.message if reason else "",
        hint=reason.hint if reason else "",
        pages=[
            FailedPageLine(page=index + 1, code=failure.code, message=failure.message)
            for index, failure in document.pages
        ],
    )


_SHOWN = 60


def changed_settings(before: dict[str, Any], now: dict[str, Any]) -> str:
    """``model 'a' -> 'b', rendering.dpi 200 -> 150``: every setting that differs, groups by dotted name."""
    old, new = _flat(before), _flat(now)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    changes = [f"{name} {_value(old.get(name))} -> {_value(new.get(name))}" for name in names]
    return ", ".join(changes) or "their fingerprints differ"


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat


def _value(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
