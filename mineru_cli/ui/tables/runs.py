"""Tables of ``runs show``, ``runs merge`` and ``runs failures``: the record of a run in its output folder."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from rich.table import Table
from rich.text import Text

from mineru_cli.domain.failure import Failure
from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import count, duration, finished, from_before, moment, rate
from mineru_cli.ui.non_default_settings import chosen_settings
from mineru_cli.ui.plain_text import visible

if TYPE_CHECKING:
    from mineru_cli.store.ledger.records import FailedDocument, RunRecord

NAMES = 14
"""Minimal width of the column of names, in cells."""
REASONS_NAMED = 5
"""Failed documents that ``runs show`` names."""
PAGES_NAMED = 12
"""Ranges of lost pages of one document that are listed; the rest is counted."""
CONFLICTS_SHOWN = 10

_OUTCOMES = {
    "unfinished": "cut off, by kill -9 or by the machine: what is done is safe",
    "running": "at work",
    "interrupted": "interrupted: what is done is safe",
    "given-up": "gave up on the server: what is done is safe",
}
_RESUMABLE = frozenset({"unfinished", "interrupted", "given-up"})


def show_run(
    run: Mapping[str, Any],
    stream: TextIO,
    environ: Mapping[str, str],
    *,
    output: str = "OUT",
    failed: Iterable[FailedDocument] = (),
) -> None:
    """Write the content of ``run.json`` as a table. Missing and malformed parts are skipped.

    ``output`` is the run's folder, for the suggested commands; the first of the ``failed`` documents are
    listed with their reasons.
    """
    table = _grid()
    table.add_row("started", moment(_number(run.get("started"))))
    table.add_row("documents", _counts(run.get("documents")).replace("skipped", "done before"))
    if earlier := from_before(_sum(run.get("earlier"))):
        table.add_row("", earlier)
    if left := _left(run.get("documents")):
        table.add_row("", f"{count(left)} started and not finished; those never reached are not counted")
    table.add_row("pages", _pages(run.get("pages")))
    table.add_row("requests", _counts(run.get("requests")))
    waited = _number(run.get("waiting_seconds")) or 0
    without = f", {duration(waited)} of them without any server" if waited >= 1 else ""
    table.add_row("time", f"{duration(_number(run.get('seconds')))}{without}")
    pages, pdfs = (rate(_number(run.get(name))) for name in ("pages_per_second", "pdfs_per_hour"))
    table.add_row("speed", f"{pages} pages/s, {pdfs} PDFs/h")
    table.add_row("failures", _counts(run.get("failures_by_class")) or "none")
    for reason in _first_reasons(failed):
        table.add_row("", reason)
    for name, value in (*_server(run.get("server")), *_flat(run.get("versions"))):
        table.add_row(name, value)
    for name, value in chosen_settings(run.get("settings")):
        table.add_row(name, value)
    outcome = str(run.get("outcome", "unknown"))
    console = console_on(stream, environ)
    console.print(Text.assemble("\n", ("Run: ", "bold"), _outcome(run, outcome), "\n"))
    console.print(table)
    for name, value in _next_steps(run, outcome, shlex.quote(visible(output, 4096))):
        console.print(Text.assemble((f"{name:<{NAMES + 2}}", "dim"), value), soft_wrap=True)
    console.print()


def _outcome(run: Mapping[str, Any], outcome: str) -> str:
    if outcome == "finished" and run.get("exit_code"):
        failures = "finished with failures, more than --max-error-rate allows"
        return finished(run["exit_code"], run.get("reason", ""), failures=failures)
    return _OUTCOMES.get(outcome, visible(outcome))


def _next_steps(run: Mapping[str, Any], outcome: str, output: str) -> Iterable[tuple[str, str]]:
    retry = f"mineru-batch runs retry {output}"
    if outcome in _RESUMABLE:
        yield "resume", f"repeat the command, or: {retry} (which also tries again what failed)"
    if run.get("failures_by_class"):
        yield "reasons", f"mineru-batch runs failures {output}"
        if outcome not in _RESUMABLE:
            yield "retry", retry


def _first_reasons(failed: Iterable[FailedDocument]) -> Iterator[Text]:
    for number, document in enumerate(failed):
        if number == REASONS_NAMED:
            yield Text("and more: see reasons below", "dim")
            return
        where, failure = next(iter(reasons(document)), ("", Failure("", "no reason is known")))
        why = f"{where}{visible(failure.message)} [{visible(failure.code)}]"
        yield Text.assemble((f"{visible(document.key, 80)}: ", "bold"), why)


def show_runs(runs: Iterable[RunRecord], stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write one line per run in an output folder, the latest last."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("run", "started", "took", "outcome", "model"):
        table.add_column(title, no_wrap=title != "model")
    for run in runs:
        elapsed = None if run.finished is None else run.finished - run.started
        model = visible(str((run.facts.get("server") or {}).get("model") or "unknown"), 80)
        outcome = visible(run.outcome or "running, or cut off")
        if run.outcome == "finished":
            outcome = finished(run.exit_code, run.reason)
        table.add_row(str(run.id), moment(run.started), duration(elapsed), outcome, model)
    console_on(stream, environ).print(table)


def _left(documents: object) -> int:
    """Documents in the total without an outcome."""
    if not isinstance(documents, Mapping):
        return 0
    numbers = {str(name): int(_number(number) or 0) for name, number in documents.items()}
    return numbers.pop("total", 0) - sum(numbers.values())


def show_failures(documents: Iterable[FailedDocument], stream: TextIO, environ: Mapping[str, str]) -> int:
    """Write one block per document that failed or lost pages, streaming; returns their number."""
    console, number = console_on(stream, environ), 0
    for document in documents:
        number += 1
        style = "red" if document.status == "failed" else "yellow"
        console.print(
            Text.assemble((f"{visible(document.status)} ", style), visible(document.key, 4096)),
            soft_wrap=True,
        )
        for where, failure in reasons(document):
            hint = f" {visible(failure.hint)}" if failure.hint else ""
            console.print(
                Text.assemble(
                    "  ", (where, "dim"), f"{visible(failure.message)} [{visible(failure.code)}]", hint
                ),
                soft_wrap=True,
            )
    if not number:
        console.print("Nothing failed.")
    return number


def reasons(document: FailedDocument) -> Iterable[tuple[str, Failure]]:
    """The document's own reason, or its pages grouped by reason."""
    if document.failure is not None:
        yield "", document.failure
        return
    by_reason: dict[tuple[str, str], list[tuple[int, Failure]]] = {}
    for index, failure in document.pages:
        # "page 7 cannot be loaded" and the same of page 8 are one reason.
        message = re.sub(rf"\bpage {index + 1}\b", "the page", failure.message)
        by_reason.setdefault((failure.code, message), []).append((index + 1, failure))
    for (_, message), lost in by_reason.items():
        pages = [page for page, _ in lost]
        if len(pages) == 1:
            yield f"page {pages[0]}: ", lost[0][1]
        else:
            yield f"pages {_listed(pages)}: ", replace(lost[0][1], message=message)


def _listed(pages: Iterable[int]) -> str:
    """``1-3, 7 and 12 more``: numbers in ascending order, as ranges."""
    ranges: list[list[int]] = []
    for page in sorted(pages):
        if ranges and page == ranges[-1][1] + 1:
            ranges[-1][1] = page
        else:
            ranges.append([page, page])
    named = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:PAGES_NAMED]]
    left = sum(last - first + 1 for first, last in ranges[PAGES_NAMED:])
    return ", ".join(named) + (f" and {count(left)} more" if left else "")


def _grid() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=NAMES)
    table.add_column(overflow="fold")
    return table


def _counts(value: object) -> str:
    if not isinstance(value, Mapping):
        return "" if value is None else visible(str(value))
    return ", ".join(f"{count(_number(number))} {visible(str(word))}" for word, number in value.items())


def _pages(value: object) -> str:
    """Page counts as in the summary at the end of a run: pages of earlier runs separately."""
    if not isinstance(value, Mapping):
        return _counts(value)
    numbers = {str(name): int(_number(number) or 0) for name, number in value.items()}
    kept, skipped = numbers.pop("kept", 0), numbers.pop("skipped", 0)
    numbers["done"] = numbers.get("done", 0) - kept
    before = f", {count(kept + skipped)} done before" if kept + skipped else ""
    return _counts(numbers) + before


def _sum(value: object) -> int:
    return sum(int(_number(number) or 0) for number in value.values()) if isinstance(value, Mapping) else 0


def _server(value: object) -> Iterable[tuple[str, str]]:
    """Model and kind of the server; a given address is listed among the settings."""
    if isinstance(value, Mapping):
        version = visible(str(value.get("version") or ""))
        kind = "embedded engine" if value.get("embedded") else "server"
        yield "model", visible(str(value.get("model") or "unknown"))
        yield kind, version or "version unknown"


def _flat(value: object) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        yield from ((visible(str(key)), visible(str(item))) for key, item in value.items())


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def show_merged(merged: Mapping[str, Any], stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write what ``MergedRuns`` has as JSON: a line per shard, what is wrong, and the summary."""
    console = console_on(stream, environ)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("shard", "output", "outcome", "done", "partial", "failed"):
        table.add_column(title, justify="right" if title in ("done", "partial", "failed") else "left")
    for shard in merged["shards"]:
        numbers = (count(shard["documents"][name]) for name in ("done", "partial", "failed"))
        table.add_row(shard["shard"] or "-", visible(shard["output"]), visible(shard["outcome"]), *numbers)
    console.print(table)
    for line in _set_problems(merged):
        console.print(Text(line, "red"), soft_wrap=True)
    show_run(merged["summary"], stream, environ)


def _set_problems(merged: Mapping[str, Any]) -> list[str]:
    lines = [f"missing: {', '.join(merged['missing'])}"] if merged["missing"] else []
    lines += [visible(problem, 4096) for problem in merged["problems"]]
    if merged["conflicting"]:
        lines.append(f"{count(merged['conflicting'])} documents are in more than one output:")
    for conflict in merged["conflicts"][:CONFLICTS_SHOWN]:
        outputs = ", ".join(visible(output) for output in conflict["outputs"])
        lines.append(f"  {visible(conflict['key'], 4096)}: {outputs}")
    return lines
