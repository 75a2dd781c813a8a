"""``rollout status`` on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from rich.table import Table
from rich.text import Text

from mineru_cli.rollout.control import GuardStatus, RolloutFolder
from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import count
from mineru_cli.ui.plain_text import visible

_STYLES = {"pass": "green", "fail": "bold red", "inconclusive": "yellow"}


def show_rollout(found: RolloutFolder, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write the state of a rollout."""
    console = console_on(stream, environ)
    console.print(_head(found), soft_wrap=True)
    status = found.status
    if status is None:
        console.print(Text("No conversion has reported yet.", "dim"))
        return
    match = f", mean match {status.match:.2%}" if status.match is not None else ""
    by_candidate = f"{count(status.candidate_documents)} documents by the candidate"
    compared = f"{count(status.scored)} compared{match}"
    by_baseline = f"{count(status.baseline_documents)} by the baseline"
    console.print(f"{by_candidate}, {compared}; {by_baseline}.", soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("guard", "verdict", "measured", "interval", "limit", "documents"):
        table.add_column(name, justify="right" if name == "documents" else "left", overflow="fold")
    for guard in status.guards:
        table.add_row(*_row(guard))
    console.print(table)


def _head(found: RolloutFolder) -> Text:
    if found.control.reverted:
        return Text.assemble(("Reverted: ", "bold red"), visible(found.control.reason, 2000))
    work = "a conversion is running" if found.is_running else "no conversion is running"
    style = _STYLES[found.verdict]
    return Text.assemble(
        (f"{found.control.percent:g} %", "bold"),
        f" to the candidate, {work}; verdict ",
        (found.verdict, style),
    )


def _row(guard: GuardStatus) -> tuple[Text | str, ...]:
    ratio = guard.guard == "latency"

    def shown(number: float | None) -> str:
        if number is None:
            return "–"
        return f"{number:.2f}x" if ratio else f"{number:.2%}"

    bounds = "–" if guard.value is None else f"{shown(guard.low)} to {shown(guard.high)}"
    limit = f"{'at least' if guard.guard == 'match' else 'at most'} {shown(guard.limit)}"
    return (
        guard.guard.replace("_", " "),
        Text(guard.verdict, _STYLES[guard.verdict]),
        shown(guard.value),
        bounds,
        limit,
        count(guard.documents),
    )
