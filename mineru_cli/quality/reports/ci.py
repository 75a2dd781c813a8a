"""Reports for CI systems: JUnit XML and GitHub annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from xml.etree import ElementTree as ET

from mineru_cli.quality.reports.summary import Summary
from mineru_cli.quality.results import Judgement

# Characters that XML 1.0 does not allow, escaped or not.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SUITE = "mineru-batch.compare-baseline"


def junit_report(judgement: Judgement, summary: Summary) -> str:
    """The report as JUnit XML. A known failure is a skipped test."""
    lines = {line.path: line for line in summary.worst}
    root = ET.Element("testsuites")
    rules = ET.SubElement(root, "testsuite", name=f"{_SUITE}.rules")
    for rule in judgement.rules:
        case = _case(rules, f"{_SUITE}.rules", rule.rule)
        if rule.status == "fail":
            _annotation(case, "failure", f"{rule.title}: {rule.detail}", "\n".join(rule.documents))
        elif rule.status == "off":
            _annotation(case, "skipped", rule.detail)
    documents = ET.SubElement(root, "testsuite", name=f"{_SUITE}.documents")
    for document in judgement.comparison.documents:
        case = _case(documents, f"{_SUITE}.documents", document.path)
        line = lines.get(document.path)
        if line is None:
            continue
        if line.allowed:
            _annotation(case, "skipped", line.allowed)
        elif line.rules:
            message = f"match {line.match:.4f}, broke {', '.join(line.rules)}"
            _annotation(case, "failure", message, "\n".join(line.changes))
        else:
            ET.SubElement(case, "system-out").text = _clean("\n".join(line.changes))
    for suite in (rules, documents):
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
        suite.set("errors", "0")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, group: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=group, name=_clean(name), time="0")


def _annotation(case: ET.Element, tag: str, message: str, text: str = "") -> None:
    ET.SubElement(case, tag, message=_clean(message)).text = _clean(text)


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


MOST = 10
"""GitHub shows ten errors per step and drops the rest."""

_LONGEST = 500


def github_annotations(summary: Summary) -> str:
    """``::error`` commands, one per line: the verdict, then the documents that broke a rule, worst first.

    Empty if the gate passes. At most ``MOST``; the verdict has the number of documents.
    """
    if summary.passed:
        return ""
    return "".join(f"{command}\n" for command in islice(_commands(summary), MOST))


def _commands(summary: Summary) -> Iterator[str]:
    rules = "; ".join(f"{rule.title}: {rule.detail}" for rule in summary.failing)
    yield _error("Quality gate failed", f"{summary.headline}. {rules}")
    for line in summary.worst:
        if line.rules and not line.allowed:
            parts = [f"match {line.match:.4f}", f"broke {', '.join(line.rules)}", *line.changes]
            yield _error(line.path, ". ".join(parts))


def _error(title: str, message: str) -> str:
    return f"::error title={_escape(title, title=True)}::{_escape(message)}"


def _escape(text: str, *, title: bool = False) -> str:
    """Escape untrusted text as data of a workflow command, so that it cannot start another one."""
    shown = "".join(c if c.isprintable() else " " for c in text[:_LONGEST])
    shown = shown.replace("%", "%25")
    return shown.replace(":", "%3A").replace(",", "%2C") if title else shown
