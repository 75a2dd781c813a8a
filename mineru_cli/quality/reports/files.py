"""Writes the reports that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mineru_cli.quality.comparison import Judgement
from mineru_cli.quality.reports.json import json_report
from mineru_cli.quality.reports.junit import junit_report
from mineru_cli.quality.reports.markdown import LIMIT, markdown_report
from mineru_cli.store.local import write_file


def write_reports(
    judgement: Judgement,
    files: Mapping[str, Path | None],
    *,
    step_summary: Path | None = None,
    pdfs: Path | None = None,
) -> None:
    """Write each of json, junit, markdown and html that has a path; append to the step's summary.

    ``pdfs`` is where the inputs are, for page images. Raises ``OutputError``.
    """
    texts = {"json": json_report, "junit": junit_report, "markdown": markdown_report}
    for name, make in texts.items():
        path = files.get(name)
        if path is not None:
            write_file(path, make(judgement).encode("utf-8", "replace"))
    if step_summary is not None:
        before = step_summary.read_bytes() if step_summary.exists() else b""
        text = markdown_report(judgement, max(LIMIT - len(before), 4096))
        write_file(step_summary, before + text.encode("utf-8", "replace"))
    html = files.get("html")
    if html is not None:
        from mineru_cli.quality.reports.html import write_html

        write_html(judgement, html, pdfs=pdfs)
