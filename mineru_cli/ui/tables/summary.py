"""Summary at the end of a run: outcomes of documents and pages, reasons of failures, next commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TextIO

from rich.table import Table
from rich.text import Text

from mineru_cli.observe.snapshot import RolloutState, Snapshot
from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import count, counted, duration, finished, from_before, rate, unsupported
from mineru_cli.ui.plain_text import visible

_TITLES = {
    "finished": ("Finished", "bold green"),
    "interrupted": ("Interrupted: what is done is safe", "bold yellow"),
    "given-up": ("Gave up: what is done is safe", "bold yellow"),
    "failed": ("Failed", "bold red"),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """A suggested command and its purpose."""

    command: str
    purpose: str


def show_summary(
    state: Snapshot,
    stream: TextIO,
    environ: Mapping[str, str],
    *,
    output: str,
    command: str,
    page: str = "",
    url: str = "",
) -> None:
    """Write the summary of a finished run.

    ``output`` is the output folder, ``command`` the command line that was given (quoted for a shell),
    ``page`` the report's file if there is one. ``url`` is the destination if that is object storage:
    ``output`` is then the work folder.
    """
    console = console_on(stream, environ, needed=False)
    console.print(_title(state))
    console.print(_counts(state))
    rows = [("output", visible(url or output, 4096))]
    rows += [("report", visible(page, 4096))] if page else []
    steps = next_steps(state, output, command, page, with_files=not url)
    rows += [(step.purpose, visible(step.command, 4096)) for step in steps]
    for name, value in rows:
        # Never wrapped: a wrapped command or path cannot be copied.
        console.print(Text.assemble((f"  {name:<10}  ", "dim"), value), soft_wrap=True)
    console.print()


def next_steps(
    state: Snapshot, output: str, command: str, page: str = "", *, with_files: bool = True
) -> Iterator[NextStep]:
    """Commands to run next, most urgent first. ``page`` is the report, if it was written.

    ``with_files`` says whether the documents' files are in ``output``.
    """
    out = shlex.quote(output)
    if state.end is not None and state.end.outcome in ("interrupted", "given-up"):
        yield NextStep(command, "resume")
    if state.documents.failed or state.documents.partial or state.pages.failed or state.pages.incomplete:
        yield NextStep(f"mineru-batch runs failures {out}", "reasons")
        yield NextStep(f"mineru-batch runs retry {out}", "retry")
    there = state.documents.done or state.documents.partial or state.documents.skipped
    if there and state.end is not None and state.end.outcome == "finished":
        if with_files:
            yield NextStep(f"mineru-batch runs view {out}", "view")
        if not page:
            yield NextStep(f"mineru-batch runs show {out} --html run.html", "charts")
        if with_files and not state.end.exit_code:
            yield NextStep(f"mineru-batch baseline record {out}", "baseline")


def _title(state: Snapshot) -> Text:
    outcome = state.end.outcome if state.end is not None else "interrupted"
    words, style = _TITLES.get(outcome, ("Ended", "bold"))
    if outcome == "finished" and state.end is not None and state.end.exit_code:
        failures = "finished with failures, more than allowed"
        words = finished(state.end.exit_code, state.end.reason, failures=failures).capitalize()
        style = "bold red"
    elapsed = state.end.seconds if state.end is not None else state.seconds
    text = Text.assemble("\n", (words, style), f" after {duration(elapsed)}")
    if state.waited >= 1:
        text.append(f", {duration(state.waited)} of them without any server")
    if state.end is not None and state.end.message:
        text.append(f"\n{visible(state.end.message, 2000)}")
        text.append(f"\n{visible(state.end.hint, 2000)}" if state.end.hint else "", "dim")
    return text.append("\n")


def _counts(state: Snapshot) -> Table:
    documents, pages, speed = state.documents, state.pages, state.speed
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=12, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(
        "  documents",
        _parts(
            (documents.done, "done", "green"),
            (documents.partial, "partial", "yellow"),
            (documents.failed, "failed", "red"),
            (documents.skipped, "done before", ""),
            (documents.open + documents.unopened, "left", "yellow"),
        ),
    )
    if documents.earlier:
        table.add_row("", Text(from_before(documents.earlier), "dim"))
    table.add_row(
        "  pages",
        _parts(
            (pages.done - pages.incomplete, "done", "green"),
            (pages.incomplete, "incomplete", "red"),
            (pages.failed, "failed", "red"),
            (pages.kept, "done before", ""),
            (pages.flawed - pages.incomplete, "with a remark", "yellow"),
        ),
    )
    table.add_row("  requests", f"{count(state.requests)} sent, {count(state.retried)} retried")
    table.add_row(
        "  speed",
        f"{rate(speed.pages_per_second_average)} pages/s, {rate(speed.pdfs_per_hour_average)} PDFs/h",
    )
    if state.rollout:
        table.add_row("  rollout", _rollout(state.rollout))
    if state.completion_tokens:
        table.add_row(
            "  tokens", f"{count(state.prompt_tokens)} read, {count(state.completion_tokens)} written"
        )
    if documents.unsupported:
        table.add_row("  skipped", unsupported(documents.unsupported))
    for label, text in zip(chain(("  failures",), repeat("")), _failures(state), strict=False):
        table.add_row(label, text)
    return table


def _rollout(rollout: RolloutState) -> Text:
    if rollout.reverted:
        return Text(f"reverted: {visible(rollout.reverted.reason, 500)}", "red")
    text = Text(f"{rollout.percent:g} % to the candidate")
    for one in rollout.verdicts:
        text.append(f", {one.guard.replace('_', ' ')} {one.verdict}")
    return text


def _parts(*parts: tuple[int, str, str]) -> Text:
    shown = [Text(f"{count(number)} {word}", style) for number, word, style in parts if number]
    return Text(", ").join(shown) if shown else Text("none")


def _failures(state: Snapshot) -> Iterator[Text]:
    for cause in sorted(state.causes, key=lambda cause: (cause.kind, -cause.count, cause.code, cause.hint)):
        hint = f"  {visible(cause.hint)}" if cause.hint else ""
        head = f"{visible(cause.code, 40)}: {counted(cause.count, cause.kind)}"
        yield Text.assemble((head, "red"), (hint, "dim"))
    if state.documents.earlier:
        earlier = counted(state.documents.earlier, "document")
        yield Text.assemble((f"from earlier runs: {earlier}", "red"), ("  see reasons below", "dim"))
