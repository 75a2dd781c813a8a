"""Endpoints of the viewer, independent of HTTP.

Every request reads the current files, so that a run can be viewed while it is in progress. The last few
documents are cached parsed, the last few images by ``Pictures``.
"""

from __future__ import annotations

import json
import math
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from mineru_cli.store.ledger.archive import Archive, DocumentRow
from mineru_cli.store.run_folder import METHOD, RunFolder
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.viewer.baseline import BaselineView
from mineru_cli.ui.viewer.blocks import block_text
from mineru_cli.ui.viewer.pictures import Pictures
from mineru_cli.ui.viewer.results import PageView, read_results
from mineru_cli.ui.viewer.run_search import pattern_of, search_documents
from mineru_cli.ui.viewer.shapes import (
    block_of,
    certainty,
    hit_of,
    line_of,
    order_of,
    source_of,
    whole_number,
)

DOCUMENTS_AT_ONCE = 200
EVERY_DOCUMENT = -1
MOST_HITS = 500
CACHED = 3
_FIGURE = re.compile(r"[0-9a-f]{64}\.jpg")
_STATIC = {
    "": ("viewer.html", "text/html; charset=utf-8"),
    "viewer.css": ("viewer.css", "text/css; charset=utf-8"),
    "viewer.js": ("viewer.js", "text/javascript; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
Query = Mapping[str, str]
Report = Callable[[Path], tuple[str, str]]
"""The report of the run in a folder as HTML, and the Content-Security-Policy that it needs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a media type and a body."""

    status: int
    media_type: str
    body: bytes
    policy: str = ""
    """Content-Security-Policy of a page that needs a different one from the viewer's."""


NOT_FOUND = Answer(404, "text/plain; charset=utf-8", b"not found\n")


class Viewer:
    """Thread safe. ``output`` is the folder of a run that has a ledger, ``report`` draws its charts."""

    def __init__(
        self,
        output: Path,
        pictures: Pictures,
        baseline: BaselineView | None = None,
        report: Report | None = None,
    ) -> None:
        self._output = output
        self._root = output.resolve()
        self._ledger = RunFolder(output).ledger
        self._pictures = pictures
        self._baseline = baseline
        self._report = report
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], dict[int, PageView]] = OrderedDict()

    def answer(self, name: str, query: Query) -> Answer:
        """The answer to ``name``, a path without its leading slash."""
        if name in _STATIC:
            file, media_type = _STATIC[name]
            folder = files("mineru_cli.ui.viewer") / "static"
            return Answer(200, media_type, (folder / file).read_bytes())
        ask = _QUESTIONS.get(name)
        return NOT_FOUND if ask is None else ask(self, query)

    def documents(self, query: Query) -> Answer:
        """A slice of the list of documents, and their number."""
        text, troubled = query.get("text", "")[:400], query.get("troubled") == "1"
        offset = whole_number(query.get("offset"), 0)
        order = order_of(query)
        matches = self._baseline.matches() if self._baseline and query.get("order") == "match" else None
        with self._archive() as archive:
            if matches is not None:
                found = archive.documents(text, troubled=troubled, limit=EVERY_DOCUMENT)
                found.sort(key=lambda one: matches.known.get(one.key, math.inf))
                found = found[offset : offset + DOCUMENTS_AT_ONCE]
            else:
                found = archive.documents(
                    text, troubled=troubled, order=order, offset=offset, limit=DOCUMENTS_AT_ONCE
                )
            total = archive.count(text, troubled=troubled)
            confidence = archive.count_uncertain() > 0
        return _json(
            {
                "output": visible(str(self._output), 4096),
                "total": total,
                "documents": [line_of(one, matches.known.get(one.key) if matches else None) for one in found],
                "confidence": confidence,
                "compared": len(matches.known) if matches else 0,
                "comparable": matches.comparable if matches else 0,
                "baseline": visible(self._baseline.location, 4096) if self._baseline else "",
            }
        )

    def pages(self, query: Query) -> Answer:
        """A slice of the list of pages with a confidence, the least certain first, and their number."""
        text, offset = query.get("text", "")[:400], whole_number(query.get("offset"), 0)
        with self._archive() as archive:
            found = archive.uncertain_pages(
                text, order=order_of(query), offset=offset, limit=DOCUMENTS_AT_ONCE
            )
            total = archive.count_uncertain(text)
        pages = [
            {"key": one.key, "name": visible(one.key), "page": one.index, **certainty(one.mean, one.lowest)}
            for one in found
        ]
        return _json({"total": total, "pages": pages})

    def document(self, query: Query) -> Answer:
        """One document with its pages."""
        with self._archive() as archive:
            line = archive.document(query.get("key", ""))
            known = {page.index: page for page in archive.pages(line.key)} if line else {}
        if line is None:
            return NOT_FOUND
        views, fault = self._views_or_fault(line)
        pages = []
        for index in sorted(views.keys() | known.keys()) or [0]:
            view, page = views.get(index, PageView(index)), known.get(index)
            failed = bool(view.failure) or (page is not None and page.status == "failed")
            pages.append(
                {
                    "index": index,
                    "width": view.width,
                    "height": view.height,
                    "failed": failed,
                    "flaws": page.flaws if page else 0,
                }
            )
        failure = None
        if line.failure is not None:
            failure = {"message": visible(line.failure.message), "hint": visible(line.failure.hint)}
        return _json(
            line_of(line)
            | {
                "failure": failure,
                "fault": fault,
                "source": source_of(line),
                "list": pages,
                "files": self._files(line),
            }
        )

    def page(self, query: Query) -> Answer:
        """One page: its blocks as HTML, and their boxes in thousandths of the page."""
        line, index = self._line(query), whole_number(query.get("page"), -1)
        if line is None or index < 0:
            return NOT_FOUND
        views, fault = self._views_or_fault(line)
        view = views.get(index, PageView(index))
        why, incomplete = self._page_failure(line, index)
        failure = view.failure or why
        blocks = [block_of(number, entry, line.key) for number, entry in enumerate(view.entries)]
        return _json(
            {
                "index": index,
                "width": view.width,
                "height": view.height,
                "failure": visible(failure, 2000),
                "incomplete": incomplete and not view.failure,
                "fallback": view.fallback,
                "fault": fault,
                "blocks": blocks,
            }
        )

    def picture(self, query: Query) -> Answer:
        """A page as PNG. 404 with the reason if it cannot be rendered."""
        line, index = self._line(query), whole_number(query.get("page"), -1)
        if line is None or index < 0:
            return NOT_FOUND
        if source_of(line) == "gone":
            return _plain(404, "the document is not where it was converted from")
        made = self._pictures.page(line.path, Path(line.path).stat().st_mtime_ns, index)
        return Answer(200, "image/png", made.data) if made.data else _plain(404, visible(made.reason))

    def figure(self, query: Query) -> Answer:
        """An image referenced by the Markdown."""
        line, name = self._line(query), query.get("name", "")
        folder = self._folder(line) if line else None
        if folder is None or not _FIGURE.fullmatch(name):
            return NOT_FOUND
        path = (folder / "images" / name).resolve()
        if not path.is_relative_to(self._root) or not path.is_file():
            return NOT_FOUND
        return Answer(200, "image/jpeg", path.read_bytes())

    def file(self, query: Query) -> Answer:
        """A document's Markdown or JSON, as plain text."""
        line, name = self._line(query), query.get("name", "")
        folder = self._folder(line) if line else None
        if line is None or folder is None or name not in self._files(line):
            return NOT_FOUND
        return Answer(200, "text/plain; charset=utf-8", (folder / name).read_bytes())

    def search(self, query: Query) -> Answer:
        """Case-insensitive matches of ``text`` in one document."""
        line, text = self._line(query), query.get("text", "").strip()[:400]
        if line is None or not text:
            return _json({"hits": [], "more": False})
        hits: list[dict[str, Any]] = []
        pattern = pattern_of(text)
        for view in self._views_or_fault(line)[0].values():
            for number, entry in enumerate(view.entries):
                found = pattern.search(block_text(entry.item))
                if found:
                    hits.append(hit_of(view.index, number, found))
                    if len(hits) > MOST_HITS:
                        return _json({"hits": hits[:MOST_HITS], "more": True})
        return _json({"hits": hits, "more": False})

    def find(self, query: Query) -> Answer:
        """Documents that contain ``text``, searched for a few seconds; ``after`` continues a search."""
        text, after = query.get("text", "").strip()[:400], query.get("after", "")
        if not text:
            return _json({"documents": [], "reached": ""})
        with self._archive() as archive:
            rows = ((row.key, self._folder(row)) for row in archive.everything(after))
            search = search_documents(rows, text)
        documents = [
            {
                "key": one.key,
                "name": visible(one.key),
                "page": one.page,
                "hits": one.hits,
                "excerpt": visible(one.excerpt, 400),
            }
            for one in search.found
        ]
        return _json({"documents": documents, "reached": search.reached})

    def difference(self, query: Query) -> Answer:
        """Differences of a page from the baseline."""
        index = whole_number(query.get("page"), -1)
        if self._baseline is None or index < 0:
            return NOT_FOUND
        return _json({"difference": self._baseline.page(query.get("key", ""), index)})

    def next_difference(self, query: Query) -> Answer:
        """The next page that differs from the baseline, or how far the search got."""
        if self._baseline is None:
            return NOT_FOUND
        page, back = whole_number(query.get("page"), -1), query.get("back") == "1"
        look = self._baseline.next(query.get("key", ""), page, back=back)
        found = None if look.place is None else {"key": look.place[0], "page": look.place[1]}
        return _json({"found": found, "reached": look.reached})

    def report(self, query: Query) -> Answer:
        """The report of the run, with links to its documents and pages here."""
        if self._report is None:
            return NOT_FOUND
        html, policy = self._report(self._output)
        return Answer(200, "text/html; charset=utf-8", html.encode("utf-8", "replace"), policy)

    def problem(self, query: Query) -> Answer:
        """The next failed page, flawed page or failed document after a place, or before it."""
        with self._archive() as archive:
            place = archive.problem(
                query.get("key", ""), whole_number(query.get("page"), -2), back=query.get("back") == "1"
            )
        return _json({"found": None if place is None else {"key": place[0], "page": place[1]}})

    def _archive(self) -> Archive:
        return Archive(self._ledger)

    def _line(self, query: Query) -> DocumentRow | None:
        with self._archive() as archive:
            return archive.document(query.get("key", ""))

    def _page_failure(self, line: DocumentRow, index: int) -> tuple[str, bool]:
        """Why the page was not converted, or what it lost (the second value is then True)."""
        if line.status == "failed" and line.failure is not None:
            return line.failure.message, False
        with self._archive() as archive:
            pages = {page.index: page for page in archive.pages(line.key)}
        page = pages.get(index)
        if page is None or page.failure is None:
            return "", False
        return page.failure.message, page.status == "incomplete"

    def _folder(self, line: DocumentRow) -> Path | None:
        """The document's folder, if it resolves to a path inside the output folder."""
        folder = (self._output / line.key / METHOD).resolve()
        return folder if folder.is_relative_to(self._root) and folder.is_dir() else None

    def _files(self, line: DocumentRow) -> list[str]:
        """Names of the Markdown and JSON files of a document; links are left out."""
        folder = self._folder(line)
        if folder is None:
            return []
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        return sorted(name for name in names if name.endswith((".md", ".json")))

    def _views_or_fault(self, line: DocumentRow) -> tuple[dict[int, PageView], str]:
        """The pages that were written, or none and the reason."""
        folder = self._folder(line)
        if folder is None:
            return {}, "" if line.status == "failed" else "nothing was written yet"
        key = (line.key, folder.stat().st_mtime_ns)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key], ""
        try:
            views = read_results(folder)
        except (OSError, ValueError) as error:
            return {}, visible(f"its files cannot be read: {error}")
        with self._lock:
            self._kept[key] = views
            if len(self._kept) > CACHED:
                self._kept.popitem(last=False)
        return views, ""


_QUESTIONS: dict[str, Callable[[Viewer, Query], Answer]] = {
    "documents": Viewer.documents,
    "document": Viewer.document,
    "pages": Viewer.pages,
    "page": Viewer.page,
    "picture": Viewer.picture,
    "figure": Viewer.figure,
    "file": Viewer.file,
    "search": Viewer.search,
    "problem": Viewer.problem,
    "find": Viewer.find,
    "difference": Viewer.difference,
    "next-difference": Viewer.next_difference,
    "report": Viewer.report,
}


def _json(value: object) -> Answer:
    return Answer(200, "application/json", json.dumps(value).encode("utf-8", "replace"))


def _plain(status: int, text: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", f"{text}\n".encode("utf-8", "replace"))
