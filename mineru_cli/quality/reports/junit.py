"""``--junit``: a test case a rule and a test case a document, as CI systems show them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from mineru_cli.quality.reports.summary import Summary
from mineru_cli.quality.results import Judgement

# What XML 1.0 cannot hold, escaped or not.
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
            _say(case, "failure", f"{rule.title}: {rule.detail}", "\n".join(rule.documents))
        elif rule.status == "off":
            _say(case, "skipped", rule.detail)
    documents = ET.SubElement(root, "testsuite", name=f"{_SUITE}.documents")
    for document in judgement.comparison.documents:
        case = _case(documents, f"{_SUITE}.documents", document.path)
        line = lines.get(document.path)
        if line is None:
            continue
        if line.allowed:
            _say(case, "skipped", line.allowed)
        elif line.rules:
            told = f"match {line.match:.4f}, broke {', '.join(line.rules)}"
            _say(case, "failure", told, "\n".join(line.changes))
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


def _say(case: ET.Element, tag: str, message: str, text: str = "") -> None:
    ET.SubElement(case, tag, message=_clean(message)).text = _clean(text)


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)
