"""The doctor's findings, one line each, and below a problem the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.text import Text

from mineru_cli.servers.doctor.finding import Finding
from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import counted
from mineru_cli.ui.untrusted import visible

_STYLES = {"ok": "green", "problem": "bold red", "skipped": "dim"}


def show_findings(findings: Sequence[Finding], stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write the findings, and at the end how many problems there are."""
    console = console_on(stream, environ)
    wide = max((len(finding.check) for finding in findings), default=0)
    for finding in findings:
        status = (f"{finding.status:<8}", _STYLES[finding.status])
        console.print(
            Text.assemble(status, f" {finding.check:<{wide}}  ", visible(finding.detail)), soft_wrap=True
        )
        if finding.fix and finding.status == "problem":
            console.print(Text(f"{'':<8} {'':<{wide}}  → {visible(finding.fix)}"), soft_wrap=True)
    problems = sum(finding.status == "problem" for finding in findings)
    console.print(f"{counted(problems, 'problem')}." if problems else "No problems.")
