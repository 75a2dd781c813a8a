"""Writes the requested reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mineru_cli.errors import OutputError, UsageError
from mineru_cli.quality.reports.ci import junit_report
from mineru_cli.quality.reports.json import json_report
from mineru_cli.quality.reports.markdown import LIMIT, markdown_report
from mineru_cli.quality.reports.summary import Summary
from mineru_cli.quality.results import Judgement
from mineru_cli.store.local.files import write_file


def check_files(files: Mapping[str, Path | None]) -> None:
    """Check before the work that the files can be written after it. Raises ``UsageError``."""
    for name, path in files.items():
        if path is not None and path.is_dir():
            raise UsageError(f"--{name}: {path} is a folder", hint=f"give the name of a file: --{name} FILE")


def write_reports(
    judgement: Judgement, summary: Summary, files: Mapping[str, Path | None], *, pdfs: Path | None = None
) -> None:
    """Write each of json, junit, markdown and html that has a path.

    ``pdfs`` is the folder of the inputs, for page images. Raises ``OutputError``.
    """
    texts: dict[str, Callable[[], str]] = {
        "json": lambda: json_report(judgement),
        "junit": lambda: junit_report(judgement, summary),
        "markdown": lambda: markdown_report(summary),
        "html": lambda: _html(judgement, summary, pdfs),
    }
    for name, make in texts.items():
        path = files.get(name)
        if path is not None:
            try:
                write_file(path, make().encode("utf-8", "replace"))
            except OutputError as error:
                error.hint = f"Give another file with --{name}, and compare again."
                raise


def append_summary(summary: Summary, path: Path) -> None:
    """Append to a job's step summary; above GitHub's limit, where it shows nothing, do nothing.

    Raises ``OSError``.
    """
    room = LIMIT - (path.stat().st_size if path.exists() else 0)
    text = markdown_report(summary, room).encode("utf-8", "replace")
    if len(text) <= room:
        with path.open("ab") as file:
            file.write(text)


def _html(judgement: Judgement, summary: Summary, pdfs: Path | None) -> str:
    from mineru_cli.quality.reports.html import html_report

    return html_report(judgement, summary, pdfs=pdfs)
