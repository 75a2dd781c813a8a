"""``--markdown``: the report for a job's summary page, which takes 1 MiB and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mineru_cli.quality.comparison import Judgement
from mineru_cli.quality.reports.summary import DocumentLine, Summary, summarise

LIMIT = 1024 * 1024 - 1024
"""Bytes: a little less than what GitHub accepts for one step."""

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|<>~$&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_MARKS = {"pass": "✅", "fail": "❌", "off": "➖"}
_LONGEST = 300


def markdown_report(judgement: Judgement, limit: int = LIMIT) -> str:
    """The report as GitHub Markdown of at most ``limit`` bytes; what does not fit is counted."""
    summary = summarise(judgement)
    parts = ["\n".join(_head(summary))]
    size = len(parts[0].encode())
    for number, line in enumerate(summary.worst):
        entry = _document(line)
        room = limit - size - 200
        if len(entry.encode()) > room:
            parts.append(f"\n… and {len(summary.worst) - number} more documents.\n")
            break
        parts.append(entry)
        size += len(entry.encode())
    return "".join(parts)


def _head(summary: Summary) -> Iterator[str]:
    yield f"## {'✅ Pass' if summary.passed else '❌ Fail'}: {escape(summary.headline)}"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    for name, value in summary.figures:
        yield f"| {escape(name)} | {escape(value)} |"
    yield ""
    yield "| rule | | |"
    yield "| --- | --- | --- |"
    for rule in summary.rules:
        yield f"| {escape(rule.title)} | {_MARKS[rule.status]} | {escape(rule.detail)} |"
    yield ""
    for note in summary.notes:
        yield f"- {escape(note)}"
    yield ""
    yield f"### {len(summary.worst)} documents with changes, {summary.equal} of {summary.documents} equal"
    yield ""


def _document(line: DocumentLine) -> str:
    broke = f" broke {', '.join(line.rules)}" if line.rules else ""
    known = f" {line.allowed}" if line.allowed else ""
    head = f"- {'❌ ' if line.rules else ''}**{escape(line.path)}** {line.match:.4f}{escape(broke + known)}"
    return "\n".join([head, *(f"  - {escape(change)}" for change in line.changes)]) + "\n"


def escape(text: str) -> str:
    """Text of strangers on one line, without any effect of its own: no HTML, no links, no mentions."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST]).split())
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", flat)
