"""The non-graphical parts of a run's report: head, tiles, failures, environment. Everything is plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from mineru_cli.store.ledger.records import FailedDocument
from mineru_cli.store.ledger.summary import RunSummary
from mineru_cli.ui.format import UNKNOWN, count, counted, duration, finished, from_before, percent, rate
from mineru_cli.ui.non_default_settings import chosen_settings, without_credentials
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.report.distribution import PageTimes
from mineru_cli.ui.report.source import RunSource
from mineru_cli.ui.report.timeline_charts import Gpus, Timelines
from mineru_cli.ui.tables.runs import reasons

FAILURES_LISTED = 200
BEGUN = "begun and not finished"

_OUTCOMES = {
    "finished": ("good", "Finished"),
    "interrupted": ("fair", "Interrupted: what is done is safe"),
    "given-up": ("fair", "Gave up on the server: what is done is safe"),
    "failed": ("bad", "Failed"),
    "unfinished": ("fair", "Cut off: what is done is safe"),
    "running": ("fair", "At work"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """The top of the page. ``tone`` is "good", "fair" or "bad"; ``stopped``: not all was converted."""

    tone: str
    title: str
    sentence: str
    output: str
    started: str
    model: str
    stopped: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure with a note."""

    name: str
    figure: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the documents. ``left`` and ``width`` are percent of the bar."""

    name: str
    number: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A document that failed or lost pages, with its reasons: where, message, code, hint.

    ``page`` is the first lost page, from 1.
    """

    key: str
    status: str
    reasons: tuple[tuple[str, str, str, str], ...]
    page: int = 1


def head(source: RunSource) -> Head:
    """Identity and outcome of the run."""
    summary = source.summary
    tone, title = _OUTCOMES.get(summary.outcome, ("fair", visible(summary.outcome)))
    if summary.outcome == "finished" and summary.exit_code:
        failures = "finished with failures, more than allowed"
        tone, title = "bad", finished(summary.exit_code, summary.reason, failures=failures).capitalize()
    documents = summary.documents
    good = documents.done + documents.partial - summary.earlier.partial
    sentence = f"{counted(good, 'document')} converted in {duration(summary.seconds)}"
    if documents.skipped:
        sentence += f", {count(documents.skipped)} done before"
    if earlier := summary.earlier.partial + summary.earlier.failed:
        sentence += f"; {from_before(earlier)}"
    return Head(
        tone,
        title,
        sentence,
        visible(str(source.output), 4096),
        datetime.fromtimestamp(summary.started).astimezone().strftime("%d %B %Y, %H:%M %Z").lstrip("0"),
        visible(str(summary.server.get("model", ""))),
        summary.outcome != "finished",
    )


def tiles(summary: RunSummary, times: PageTimes, timelines: Timelines) -> list[Tile]:
    """The key figures."""
    pages, requests = summary.pages, summary.requests
    gpus = timelines.gpus
    lost = f"{count(pages.failed)} lost" if pages.failed else "none lost"
    if pages.incomplete:
        lost += f", {count(pages.incomplete)} incomplete"
    if before := pages.kept + pages.skipped:
        lost += f", {count(before)} done before"
    return [
        Tile("Speed", rate(summary.pages_per_second), "pages/s", f"{rate(summary.pdfs_per_hour)} PDFs/h"),
        Tile("Pages", count(pages.done - pages.kept), "", lost),
        Tile("Time of a page", rate(times.p50) if times.count else UNKNOWN, "s", _tail(times)),
        Tile("Requests", count(requests.sent), "", f"{count(requests.retried)} retried"),
        Tile("Slots in use", percent(timelines.slots_used), "", slots_note(timelines)),
        Tile("GPU", percent(gpus.mean), "", _gpu_note(gpus)),
    ]


def _gpu_note(gpus: Gpus) -> str:
    if gpus.mean is None:
        return "not measured"
    energy = f", {gpus.energy / 3.6e6:.2f} kWh" if gpus.energy else ""
    return f"{visible(gpus.source)}{energy}"


def _tail(times: PageTimes) -> str:
    return f"median; 95 % within {duration(times.p95)}" if times.count else "no page was read"


def slots_note(timelines: Timelines) -> str:
    """The bottleneck: the server if it queued requests, however many slots were free."""
    used, queue = timelines.slots_used, timelines.queue
    if used is None:
        return "not measured"
    if used >= 0.9 or (queue is not None and queue >= 1):
        return "the server was the limit"
    return "the server could do more" if used < 0.7 else "balanced"


def shares(summary: RunSummary) -> list[Share]:
    """Documents by outcome. Those that the run never reached are not recorded."""
    documents = summary.documents
    unfinished = documents.total - documents.done - documents.partial - documents.failed - documents.skipped
    numbers = {
        "skipped": documents.skipped, "done": documents.done, "partial": documents.partial,
        "failed": documents.failed, BEGUN: max(0, unfinished),
    }  # fmt: skip
    whole, left, made = max(1, sum(numbers.values())), 0.0, []
    for name, number in numbers.items():
        if number:
            width = number / whole * 100
            made.append(Share(name, count(number), round(left, 3), round(width, 3)))
            left += width
    return made


def failure_rows(failures: Iterator[FailedDocument]) -> tuple[list[FailureRow], int]:
    """The first rows, and the number of further ones."""
    rows = [_row(document) for document in islice(failures, FAILURES_LISTED)]
    return rows, sum(1 for _ in failures)


def _row(document: FailedDocument) -> FailureRow:
    entries = tuple(
        (where.removesuffix(": "), visible(why.message), visible(why.code), visible(why.hint))
        for where, why in islice(reasons(document), 20)
    )
    page = document.pages[0][0] + 1 if document.pages else 1
    return FailureRow(visible(document.key), document.status, entries, page)


def environment(source: RunSource) -> list[tuple[str, list[tuple[str, str]]]]:
    """Tables of names and values: server, versions, non-default settings."""
    server, shaping = source.summary.server, source.record.shaping
    facts = [("model", server.get("model")), ("version", server.get("version"))]
    facts += [("recipe", shaping.get("recipe")), ("text from", shaping.get("text"))]
    urls = server.get("urls") or []
    if server.get("embedded"):
        facts.append(("engine", "embedded, on the CPU of this machine"))
    else:
        facts += [("address", without_credentials(str(url))) for url in urls]
    groups = [
        ("Server", [(name, visible(str(value))) for name, value in facts if value]),
        ("Versions", [(visible(name), visible(text)) for name, text in source.summary.versions.items()]),
        ("Settings that differ from the defaults", chosen_settings(source.summary.settings)),
    ]
    return [(title, rows) for title, rows in groups if rows]
