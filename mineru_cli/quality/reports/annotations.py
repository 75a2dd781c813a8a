"""GitHub's annotations: workflow commands that show errors on the pages of a job and its pull request."""

from __future__ import annotations

from collections.abc import Iterator

from mineru_cli.quality.reports.summary import Summary

MOST = 10
"""GitHub shows ten errors of one step and drops the rest."""

_LONGEST = 500


def github_annotations(summary: Summary) -> str:
    """``::error`` commands, one per line: the verdict, the documents that broke a rule, worst first.

    Empty when the gate passes. At most ``MOST``; the verdict says how many documents there are.
    """
    if summary.passed:
        return ""
    return "".join(f"{command}\n" for command, _ in zip(_commands(summary), range(MOST), strict=False))


def _commands(summary: Summary) -> Iterator[str]:
    rules = "; ".join(f"{rule.title}: {rule.detail}" for rule in summary.failing)
    yield _error("Quality gate failed", f"{summary.headline}. {rules}")
    for line in summary.worst:
        if line.rules and not line.allowed:
            told = [f"match {line.match:.4f}", f"broke {', '.join(line.rules)}", *line.changes]
            yield _error(line.path, ". ".join(told))


def _error(title: str, message: str) -> str:
    return f"::error title={_escape(title, title=True)}::{_escape(message)}"


def _escape(text: str, *, title: bool = False) -> str:
    """Strangers' text as data of a workflow command: it cannot end the command or begin another."""
    shown = "".join(c if c.isprintable() else " " for c in text[:_LONGEST])
    shown = shown.replace("%", "%25")
    return shown.replace(":", "%3A").replace(",", "%2C") if title else shown
