"""``--markdown``: the report for a job's summary page, which is limited to 1 MiB."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mineru_cli.quality.reports.summary import DocumentLine, Summary
from mineru_cli.quality.results import RuleResult

LIMIT = 1024 * 1024 - 1024
"""Bytes: a little below GitHub's limit per step."""

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|<>~$&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_MARKS = {"pass": "✅", "fail": "❌", "off": "➖"}
_LONGEST = 300


def markdown_report(summary: Summary, limit: int = LIMIT) -> str:
    """The report as GitHub Markdown of at most ``limit`` bytes; documents that do not fit are counted."""
    parts = ["\n".join(_head(summary))]
    tail = "\n".join(_tail(summary))
    size = len(parts[0].encode()) + len(tail.encode())
    for number, line in enumerate(summary.worst):
        entry = _document(line)
        room = limit - size - 200
        if len(entry.encode()) > room:
            parts.append(f"\n… and {len(summary.worst) - number} more documents.\n")
            break
        parts.append(entry)
        size += len(entry.encode())
    return "".join([*parts, tail])


def _head(summary: Summary) -> Iterator[str]:
    yield f"## {'✅ Pass' if summary.passed else '❌ Fail'}: {escape(summary.headline)}"
    yield ""
    if summary.failing:
        yield from _rules(summary.failing)
    yield f"### {len(summary.worst)} documents with changes, {summary.equal} of {summary.documents} equal"
    yield ""


def _tail(summary: Summary) -> Iterator[str]:
    yield ""
    yield "<details><summary>Figures, and the rules that hold</summary>"
    yield ""
    yield "| figure | |"
    yield "| --- | --- |"
    for name, value in summary.figures:
        yield f"| {escape(name)} | {escape(value)} |"
    yield ""
    for note in summary.notes:
        yield f"- {escape(note)}"
    yield ""
    yield from _rules(summary.others)
    yield "</details>"
    yield ""


def _rules(rules: Sequence[RuleResult]) -> Iterator[str]:
    yield "| | rule | |"
    yield "| --- | --- | --- |"
    for rule in rules:
        yield f"| {_MARKS[rule.status]} | {escape(rule.title)} | {escape(rule.detail)} |"
    yield ""


def _document(line: DocumentLine) -> str:
    head = f"- {'❌ ' if line.rules else ''}**{escape(line.path)}** {line.match:.4f}"
    broke = [f"broke {', '.join(line.rules)}"] if line.rules else []
    notes = [escape(note) for note in (*broke, line.allowed) if note]
    changes = [f"  - {escape(change)}" for change in line.changes]
    return "\n".join([" · ".join([head, *notes]), *changes]) + "\n"


def escape(text: str) -> str:
    """Untrusted text on one line with all markup neutralised: no HTML, no links, no mentions."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST]).split())
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", flat)
