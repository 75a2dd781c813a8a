"""``--report`` and ``runs show --html``: a run on one self-contained page.

Names, messages and settings are untrusted: the template escapes them, unprintable characters are shown
escaped, and the Content-Security-Policy allows only the page's own script, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from mineru_cli.store.ledger.archive import Archive, DocumentRow
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.local.files import write_file
from mineru_cli.ui.format import count, duration
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.report import overview
from mineru_cli.ui.report.distribution import page_times
from mineru_cli.ui.report.source import RunSource, read_run
from mineru_cli.ui.report.timeline_charts import Timelines, from_ledger, from_timeline

SLOWEST = 12
_POLICY = re.compile(r'Content-Security-Policy" content="([^"]+)"')
NOTICES = 20


def write_run_page(output: Path, page: Path) -> None:
    """Write the report of the last run on ``output``. Raises ``InputNotFound``, ``OutputError``."""
    write_file(page, render(read_run(output)).encode("utf-8", "replace"))


def page_for_viewer(output: Path) -> tuple[str, str]:
    """The page with links into the viewer, and its Content-Security-Policy.

    Raises ``InputNotFound``, ``OutputError``.
    """
    html = render(read_run(output), linked=True)
    return html, _POLICY.findall(html)[0]


def render(source: RunSource, *, linked: bool = False) -> str:
    """Render the page. ``linked`` turns documents and pages into links to the viewer that serves it."""
    import jinja2

    folder = files("mineru_cli.ui.report") / "templates"
    style, script = ((folder / name).read_text("utf-8") for name in ("report.css", "report.js"))
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((folder / "report.html").read_text("utf-8"))
    return template.render(
        **_content(source),
        linked=linked,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _content(source: RunSource) -> dict[str, Any]:
    run = source.record.id
    with Archive(source.ledger) as archive:
        times = page_times(archive.page_seconds(run), archive.page_count(run))
        slow_documents = [_slow(document) for document in archive.slowest_documents(run, SLOWEST)]
        slow_pages = [
            (visible(page.key), str(page.index + 1), duration(page.seconds))
            for page in archive.slowest_pages(run, SLOWEST)
        ]
        timelines = _timelines(source, archive)
    rows, more = _failures(source)
    return {
        "head": overview.head(source),
        "tiles": overview.tiles(source.summary, times, timelines),
        "shares": overview.shares(source.summary),
        "timelines": timelines,
        "times": times,
        "slow_documents": slow_documents,
        "slow_pages": slow_pages,
        "classes": [(visible(name), count(n)) for name, n in source.summary.failures_by_class.items()],
        "failures": rows,
        "more_failures": more,
        "notices": _notices(source),
        "environment": overview.environment(source),
    }


def _timelines(source: RunSource, archive: Archive) -> Timelines:
    if source.timeline is not None:
        return from_timeline(source.timeline)
    return from_ledger(archive.finished(source.record.id), source.summary.started, source.summary.seconds)


def _slow(document: DocumentRow) -> tuple[str, str, str, str]:
    each = document.seconds / document.pages if document.pages else None
    return visible(document.key), count(document.pages), duration(document.seconds), duration(each)


def _failures(source: RunSource) -> tuple[list[overview.FailureRow], int]:
    """The failures that are counted: of this run, and those left by earlier ones."""
    ledger, earlier = Ledger.view(source.ledger), source.summary.earlier
    try:
        of_all = earlier.partial or earlier.failed
        return overview.failure_rows(ledger.failures(None if of_all else source.record.id))
    finally:
        ledger.close()


def _notices(source: RunSource) -> list[tuple[str, str, str]]:
    """Time since the start, level and text of the run's notices."""
    if source.timeline is None:
        return []
    notices = [notice for notice in source.timeline.notices if notice.level != "info"][-NOTICES:]
    return [(duration(notice.at), visible(notice.level), visible(notice.text)) for notice in notices]


def _hash(text: str) -> str:
    """The hash of an inline script or style for a Content-Security-Policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
